import { type Caller, call } from './caller.ts'
import { Capability, hasCapability } from './capability-sets.ts'
import type { Diagnosis } from './diagnosis.ts'
import { readFile } from './files.ts'
import { closeFd } from './mount.ts'
import { ownerUid, owningUserNamespace, parentNamespace } from './namespace-ioctl.ts'
import { locatedStatusOf } from './statx.ts'
import { unlessRefused } from './unless-refused.ts'

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000
/** PROC_USER_INIT_INO of include/linux/proc_ns.h. */
const INITIAL_USER_NAMESPACE = 0xeffffffdn

/** Whether the descriptor is of the initial user namespace. */
export function isInitialUserNamespace(caller: Caller, fd: number): boolean {
  return namespaceInode(caller, fd) === INITIAL_USER_NAMESPACE
}

/**
 * Whether the caller has CAP_SYS_ADMIN over a user namespace: it has it in its own, and that is the same or further out;
 * or it made the namespace, or one around it, from its own. capabilities(7); cap_capable() in security/commoncap.c.
 */
export function hasPowerOver(caller: Caller, namespace: number): boolean {
  const own = ownUserNamespace(caller)
  const levels = levelsFrom(caller, namespace)
  const level = levels.findIndex(({ inode }) => inode === own)
  if (level < 0) return false
  return hasCapability(caller, Capability.sysAdmin) || levels[level - 1]?.owner === effectiveUid(caller)
}

/** Whether the caller has CAP_SYS_ADMIN in the initial user namespace, and so in all. */
export function hasPowerOverAll(caller: Caller): boolean {
  return ownUserNamespace(caller) === INITIAL_USER_NAMESPACE && hasCapability(caller, Capability.sysAdmin)
}

/** Says that the caller has no CAP_SYS_ADMIN over its mount namespace, and where; `undefined` when it has. may_mount() in fs/namespace.c. */
export function powerOverMounts(caller: Caller): Diagnosis | undefined {
  const mounts = openOwn(caller, 'mnt')
  const owner = owningNamespace(caller, mounts)
  closeFd(caller, mounts)
  // EPERM: the owner is out of the caller's sight, so the caller has no power over it.
  if (owner === undefined) return noPowerOverMounts('a user namespace further out than the caller’s own')
  const initial = isInitialUserNamespace(caller, owner)
  const place = initial ? 'the initial user namespace' : `the user namespace ${namespaceInode(caller, owner)}`
  const power = hasPowerOver(caller, owner)
  closeFd(caller, owner)
  return power ? undefined : noPowerOverMounts(place)
}

function noPowerOverMounts(place: string): Diagnosis {
  return {
    code: 'NO_CAP_OVER_MOUNTS',
    sentence: `the caller has no CAP_SYS_ADMIN in ${place}, which owns the mount namespace it is in`,
  }
}

type Level = { readonly inode: bigint; readonly owner: number }

/** A user namespace and those around it, as far out as the caller can see: up to its own. */
function levelsFrom(caller: Caller, namespace: number): readonly Level[] {
  const levels: Level[] = []
  for (let at: number | undefined = namespace; at !== undefined; ) {
    levels.push({ inode: namespaceInode(caller, at), owner: ownerUid(caller, at) })
    const parent = parentOf(caller, at)
    if (at !== namespace) closeFd(caller, at)
    at = parent
  }
  return levels
}

function ownUserNamespace(caller: Caller): bigint {
  const fd = openOwn(caller, 'user')
  const inode = namespaceInode(caller, fd)
  closeFd(caller, fd)
  return inode
}

function openOwn(caller: Caller, kind: 'user' | 'mnt'): number {
  const path = `/proc/self/ns/${kind}`
  return call(caller, 'openat', [AT_FDCWD, path, O_CLOEXEC, 0], [path])
}

function namespaceInode(caller: Caller, fd: number): bigint {
  return locatedStatusOf(caller, { fd }).inode
}

function parentOf(caller: Caller, fd: number): number | undefined {
  return unlessRefused(() => parentNamespace(caller, fd))
}

function owningNamespace(caller: Caller, fd: number): number | undefined {
  return unlessRefused(() => owningUserNamespace(caller, fd))
}

function effectiveUid(caller: Caller): number {
  const status = Buffer.from(readFile(caller, '/proc/self/status')).toString()
  return Number(/^Uid:\t\d+\t(\d+)/m.exec(status)?.[1])
}

import fs from 'node:fs'
import { constants } from 'node:os'
import { IdMap } from '../../idmap/map.ts'
import { call, here } from '../caller.ts'
import { SyscallError } from '../errno.ts'
import { closeFd, setIdmap } from '../mount.ts'
import { unlessRefused } from '../unless-refused.ts'
import { createUserNamespace, UserNamespace } from '../userns.ts'
import { newcomer, tryFsopenAs } from '../userns-mountable.ts'
import { describeUserNamespace, type NamespaceLevel, ownUserNamespace } from './namespaces.ts'
import { bringHome, type Lookout } from './vantage.ts'

/** The user namespace that owns a file system's superblock: the one its own ids are of. No call shows it. */
export type SuperblockFinding =
  | { readonly state: 'initial'; readonly how: string }
  | { readonly state: 'namespace'; readonly namespace: NamespaceLevel; readonly how: string }
  | { readonly state: 'unknown'; readonly why: string }

const AT_EMPTY_PATH = 0x1000
const OPEN_TREE_CLONE = 1
const O_CLOEXEC = 0o2000000

/**
 * Finds the owner by trying, and changes nothing. A file system that containers may not mount is the initial namespace's.
 * Else each user namespace alive is offered as the map of a detached copy: the kernel refuses the superblock's own with
 * EINVAL (can_idmap_mount(), fs/namespace.c, Linux 5.12) and no other.
 */
export function superblockOwner(type: string, lookout: Lookout | undefined): SuperblockFinding {
  try {
    if (!containersMayMount(type)) return { state: 'initial', how: `only the initial user namespace may mount ${type}` }
    if (lookout !== undefined) return offerNamespaces(type, lookout)
    return { state: 'unknown', why: 'the mount namespace may not be entered (CAP_SYS_ADMIN over it)' }
  } catch (error) {
    if (error instanceof SyscallError) return { state: 'unknown', why: `it could not be tried: ${error.message}` }
    throw error
  }
}

function containersMayMount(type: string): boolean {
  using task = newcomer()
  return tryFsopenAs(task, type) !== constants.errno.EPERM
}

function offerNamespaces(type: string, { caller, file }: Lookout): SuperblockFinding {
  const flags = AT_EMPTY_PATH | OPEN_TREE_CLONE | O_CLOEXEC
  const copy = call(caller, 'open_tree', [file.fd, '', flags], ['the file', 'OPEN_TREE_CLONE'])
  // Descriptors of namespaces are this process's; a detached mount may be changed from anywhere.
  const home = bringHome(caller, copy)
  const errnoOf = (namespace: UserNamespace) => errnoOfIdmap(home, namespace)
  try {
    using fresh = createUserNamespace({ uid: oneId(), gid: oneId() })
    // EINVAL for a namespace made a moment ago: the file system takes no map at all, and the question cannot be put.
    const control = errnoOf(fresh)
    if (control !== 0 && control !== constants.errno.EPERM)
      return {
        state: 'unknown',
        why: `containers may mount ${type}, and here it takes no map by which to tell whose it is`,
      }
    const { found, tried } = firstNamespace(namespace => errnoOf(namespace) === constants.errno.EINVAL)
    if (found === undefined)
      return { state: 'initial', how: `no user namespace of a running process owns it, ${tried} tried` }
    return { state: 'namespace', namespace: found, how: 'the kernel refuses it as the map of this very superblock' }
  } finally {
    closeFd(here(), home)
    if (home !== copy) closeFd(caller, copy)
  }
}

function errnoOfIdmap(mountFd: number, namespace: UserNamespace): number {
  try {
    setIdmap(here(), mountFd, namespace.fd)
    return 0
  } catch (error) {
    if (error instanceof SyscallError) return error.errno
    throw error
  }
}

/** The first user namespace of a running process that `test` is true of. Those without a map are left out: they are refused for that (EINVAL, 6.11). */
function firstNamespace(test: (namespace: UserNamespace) => boolean): { found?: NamespaceLevel; tried: number } {
  const seen = new Set([ownUserNamespace()])
  for (const pid of fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    using namespace = openIfThere(Number(pid))
    if (namespace === undefined || seen.has(namespace.inode)) continue
    seen.add(namespace.inode)
    const level = describeUserNamespace(namespace)
    if (level.map.uid.size > 0 && level.map.gid.size > 0 && test(namespace))
      return { found: level, tried: seen.size - 1 }
  }
  return { tried: seen.size - 1 }
}

// Refused when the process has ended, or is somebody else's.
function openIfThere(pid: number): UserNamespace | undefined {
  return unlessRefused(() => UserNamespace.of(pid))
}

function oneId<From extends string, To extends string>(): IdMap<From, To> {
  return IdMap.of<From, To>([{ from: 0, to: 0, count: 1 }])
}

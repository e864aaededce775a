import type { Id } from '../idmap/extent.ts'
import { type Caller, call, refusal, tryCall } from './caller.ts'
import { setCapabilitySets } from './capability-sets.ts'
import { enterNamespace } from './namespaces.ts'
import type { Task } from './task.ts'

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000
const EPERM = 1
const EINVAL = 22
/** (uid_t)-1: changes nothing, so the answer is what it is. */
const NO_CHANGE = 0xffffffff

/** Who a caller is to be, as its own user namespace numbers ids; without `groups` it is in no other group. */
export type Credentials = { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] }

/** Becomes `credentials` for good, ids as the caller's user namespace numbers them. Anybody but uid 0 keeps no capability. */
export function become(caller: Caller, credentials: Credentials): void {
  const { uid, gid, groups = [] } = credentials
  const list = Buffer.alloc(4 * groups.length)
  groups.forEach((group, i) => {
    list.writeUInt32LE(group, 4 * i)
  })
  call(caller, 'setgroups', [groups.length, list], [`[${groups.join(', ')}]`])
  call(caller, 'setresgid', [gid, gid, gid])
  call(caller, 'setresuid', [uid, uid, uid])
  // Leaving a uid that is not its namespace's root keeps capabilities (cap_emulate_setxuid looks only at root's), so this is explicit.
  if (uid !== 0) setCapabilitySets(caller, { effective: 0n, permitted: 0n, inheritable: 0n })
}

/**
 * setfsuid(2) and setfsgid(2): the ids the caller's files are made with and its permissions are checked by; all else
 * stays. The calls never fail in words, so they are asked again: EINVAL when the user namespace does not map the
 * id, EPERM when CAP_SETUID or CAP_SETGID is missing. For one thread only: of this process that is the calling one.
 */
export function setFilesystemIds(caller: Caller, ids: { readonly uid?: Id; readonly gid?: Id }): void {
  if (ids.gid !== undefined) setFilesystemId(caller, 'setfsgid', ids.gid)
  if (ids.uid !== undefined) setFilesystemId(caller, 'setfsuid', ids.uid)
}

function setFilesystemId(caller: Caller, name: 'setfsuid' | 'setfsgid', id: Id): void {
  tryCall(caller, name, [id])
  if (tryCall(caller, name, [NO_CHANGE]) === id) return
  const setid = name === 'setfsuid' ? 'setresuid' : 'setresgid'
  // What the loud sibling says to an id that stays the same for the real and effective ones is the reason.
  const errno = -tryCall(caller, setid, [NO_CHANGE, NO_CHANGE, id])
  throw refusal(caller, name, errno === EINVAL ? EINVAL : EPERM, [String(id)])
}

/** Enters the user and mount namespaces of process `pid`; the root and working directory become the mount namespace's. */
export function enterContainer(task: Task, pid: number): void {
  const user = openNamespace(task, pid, 'user')
  const mounts = openNamespace(task, pid, 'mnt')
  enterNamespace(task, user, 'user')
  enterNamespace(task, mounts, 'mnt')
  call(task, 'close', [user])
  call(task, 'close', [mounts])
}

function openNamespace(task: Task, pid: number, kind: 'user' | 'mnt'): number {
  return call(task, 'openat', [AT_FDCWD, `/proc/${pid}/ns/${kind}`, O_CLOEXEC, 0], [`/proc/${pid}/ns/${kind}`])
}

/** Makes a directory the caller's root, and its working directory. chroot(2): CAP_SYS_CHROOT (EPERM). */
export function changeRoot(caller: Caller, path: string): void {
  call(caller, 'chroot', [path])
  call(caller, 'chdir', ['/'])
}

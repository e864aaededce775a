import { type Caller, call } from './caller.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, type Task } from './task.ts'

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000
const CAPABILITY_VERSION_3 = 0x20080522

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
  if (uid !== 0) dropCapabilities(caller)
}

// Leaving a uid that is not its namespace's root keeps capabilities (cap_emulate_setxuid looks only at root's), so this is explicit.
function dropCapabilities(caller: Caller): void {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(CAPABILITY_VERSION_3, 0)
  call(caller, 'capset', [header, Buffer.alloc(24)], ['no capability'])
}

/** Enters the user and mount namespaces of process `pid`; the root and working directory become the mount namespace's. */
export function enterContainer(task: Task, pid: number): void {
  const user = openNamespace(task, pid, 'user')
  const mounts = openNamespace(task, pid, 'mnt')
  call(task, 'setns', [user, CLONE_NEWUSER], [`/proc/${pid}/ns/user`])
  call(task, 'setns', [mounts, CLONE_NEWNS], [`/proc/${pid}/ns/mnt`])
  call(task, 'close', [user])
  call(task, 'close', [mounts])
}

function openNamespace(task: Task, pid: number, kind: 'user' | 'mnt'): number {
  return call(task, 'openat', [AT_FDCWD, `/proc/${pid}/ns/${kind}`, O_CLOEXEC, 0], [`/proc/${pid}/ns/${kind}`])
}

export function changeRoot(caller: Caller, path: string): void {
  call(caller, 'chroot', [path])
  call(caller, 'chdir', ['/'])
}

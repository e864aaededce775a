import { type Caller, call, here } from './caller.ts'
import { closeFd } from './mount.ts'
import { CLONE_NEWNS, CLONE_NEWUSER } from './task.ts'

const PIDFD_ALIVE = 0

/** The kinds of namespaces this library enters and makes. */
export type NamespaceKind = 'user' | 'mnt'

const flagOf: Readonly<Record<NamespaceKind, number>> = { user: CLONE_NEWUSER, mnt: CLONE_NEWNS }
const nameOf: Readonly<Record<NamespaceKind, string>> = { user: 'CLONE_NEWUSER', mnt: 'CLONE_NEWNS' }

/**
 * setns(2): the caller enters the namespace `fd` is of. EINVAL: a process with threads (as Node is) can enter no user
 * namespace, and nobody the one it is in; EPERM: CAP_SYS_ADMIN is missing over it.
 */
export function enterNamespace(caller: Caller, fd: number, kind: NamespaceKind): void {
  call(caller, 'setns', [fd, flagOf[kind]], [`fd ${fd}`, nameOf[kind]])
}

/** unshare(2): the caller leaves its namespace for a new one of its own. A user namespace has no ids until its maps are written. */
export function unshareNamespace(caller: Caller, kind: NamespaceKind): void {
  call(caller, 'unshare', [flagOf[kind]], [nameOf[kind]])
}

/** pidfd_open(2), Linux 5.3: a descriptor of the caller that means this process even after its number was given to another. */
export function openPidfd(caller: Caller, pid: number): number {
  return call(caller, 'pidfd_open', [pid, 0], [`pid ${pid}`])
}

/** Throws ESRCH when the process of a pidfd has ended: what was read of `/proc/PID` before was its own if it still lives. pidfd_send_signal(2), Linux 5.1. */
export function requireAlive(caller: Caller, pidfd: number): void {
  call(caller, 'pidfd_send_signal', [pidfd, PIDFD_ALIVE, 0, 0], [`pidfd ${pidfd}`, 'no signal'])
}

/** pidfd_getfd(2), Linux 5.6: a copy of descriptor `fd` of another process. EPERM: the caller may not trace it. */
export function takeDescriptor(caller: Caller, pidfd: number, fd: number): number {
  return call(caller, 'pidfd_getfd', [pidfd, fd, 0], [`pidfd ${pidfd}`, `fd ${fd}`])
}

/** A copy, of the calling process, of descriptor `fd` of process `pid`. As {@link takeDescriptor}. */
export function takeDescriptorOf(pid: number, fd: number): number {
  const pidfd = openPidfd(here(), pid)
  try {
    return takeDescriptor(here(), pidfd, fd)
  } finally {
    closeFd(here(), pidfd)
  }
}

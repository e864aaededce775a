import fs from 'node:fs'
import { constants } from 'node:os'
import { type Caller, call, here } from '../caller.ts'
import { SyscallError } from '../errno.ts'
import { closeFd } from '../mount.ts'
import { enterNamespace, type NamespaceKind } from '../namespaces.ts'
import type { Place } from '../statx.ts'
import { Task } from '../task.ts'
import type { UserNamespace } from '../userns.ts'
import type { NamespaceLevel } from './namespaces.ts'

const AT_FDCWD = -100
const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000
const RESOLVE_IN_ROOT = 0x10

/**
 * The file that process `pid` finds at `path`, as an O_PATH descriptor of this process; symbolic links are followed as the
 * process would, below its own root directory. `pid` undefined: this process. openat2(2), Linux 5.6.
 */
export function openAsSeenBy(pid: number | undefined, path: string): number {
  if (pid === undefined) return call(here(), 'openat', [AT_FDCWD, path, O_PATH | O_CLOEXEC, 0], [path, 'O_PATH'])
  const root = fs.openSync(`/proc/${pid}/root`, O_PATH | O_CLOEXEC)
  try {
    const how = Buffer.alloc(24)
    how.writeBigUInt64LE(BigInt(O_PATH | O_CLOEXEC), 0)
    how.writeBigUInt64LE(BigInt(RESOLVE_IN_ROOT), 16)
    return call(here(), 'openat2', [root, path, how, how.length], [path, `below the root of process ${pid}`])
  } finally {
    fs.closeSync(root)
  }
}

/** Somebody who stands in a process's mount namespace, with this process's user namespace and powers, and holds the file. */
export type Lookout = Disposable & { readonly caller: Caller; readonly file: Place & { fd: number } }

/** A file that was found, and from where it can be looked at. */
export type Found = {
  readonly path: string
  readonly pid: number | undefined
  readonly fd: number
  readonly lookout: Lookout | undefined
  readonly chain: readonly NamespaceLevel[]
}

/** A {@link Lookout} for the file `fd`; `undefined` when this process may not enter the mount namespace (CAP_SYS_ADMIN over it). */
export function lookoutIn(pid: number | undefined, fd: number): Lookout | undefined {
  if (pid === undefined || sameNamespace(pid, 'mnt'))
    return { caller: here(), file: { fd }, [Symbol.dispose]: () => {} }
  const mounts = fs.openSync(`/proc/${pid}/ns/mnt`, 'r')
  try {
    return sentTo(mounts, 'mnt', fd)
  } catch (error) {
    if (error instanceof SyscallError && error.errno === constants.errno.EPERM) return undefined
    throw error
  } finally {
    fs.closeSync(mounts)
  }
}

/** Somebody in a user namespace who holds the file `fd`: what it is told is what a process in there is. EPERM: it may not be entered. */
export function insider(namespace: UserNamespace, fd: number): Lookout {
  return sentTo(namespace.fd, 'user', fd)
}

function sentTo(namespace: number, kind: NamespaceKind, fd: number): Lookout {
  const task = new Task({ name: 'a task sent to look', keep: [namespace, fd] })
  try {
    enterNamespace(task, namespace, kind)
    closeFd(task, namespace)
    return { caller: task, file: { fd }, [Symbol.dispose]: () => task.close() }
  } catch (error) {
    task.close()
    throw error
  }
}

/** Whether process `pid` is in the same namespace of that kind as this process. */
export function sameNamespace(pid: number, kind: NamespaceKind): boolean {
  return fs.readlinkSync(`/proc/${pid}/ns/${kind}`) === fs.readlinkSync(`/proc/self/ns/${kind}`)
}

/** A descriptor of this process for what `fd` is in `caller`: the same number when the caller is this process. */
export function bringHome(caller: Caller, fd: number): number {
  if (!(caller instanceof Task)) return fd
  return call(here(), 'openat', [AT_FDCWD, `/proc/${caller.pid}/fd/${fd}`, O_PATH | O_CLOEXEC, 0])
}

import fs from 'node:fs'
import type { IdMapPair } from '../idmap/pair.ts'
import { formatKernelMap } from '../syntax/kernel.ts'
import { SyscallError } from './errno.ts'
import { CLONE_NEWUSER, Task } from './task.ts'

/**
 * A new user namespace with `pair` as its maps, as a descriptor of this process; it lives as long as the descriptor.
 * No program is started: a bare {@link Task} is born in the namespace, and let go once the descriptor is open.
 * For an idmapped mount the namespace's inner ids are the disk's and its outer ids the host's.
 */
export function createUserNamespace<Inside extends string, Outside extends string>(
  pair: IdMapPair<Inside, Outside>,
): number {
  using task = new Task({ flags: CLONE_NEWUSER })
  writeIdMaps(task.pid, pair)
  return fs.openSync(`/proc/${task.pid}/ns/user`, 'r')
}

/**
 * Writes `/proc/PID/uid_map` and `gid_map` of a process in a new user namespace; each can be written once (EPERM after).
 * Who writes needs CAP_SETUID/CAP_SETGID over the parent namespace, and CAP_SETFCAP to map its id 0 (Linux 5.12).
 */
export function writeIdMaps<Inside extends string, Outside extends string>(
  pid: number,
  pair: IdMapPair<Inside, Outside>,
): void {
  writeMap(`/proc/${pid}/uid_map`, formatKernelMap(pair.uid))
  writeMap(`/proc/${pid}/gid_map`, formatKernelMap(pair.gid))
}

function writeMap(file: string, text: string): void {
  try {
    fs.writeFileSync(file, text)
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).errno
    if (errno === undefined) throw error
    throw new SyscallError({ errno: Math.abs(errno), syscall: 'write', args: [file, JSON.stringify(text)] })
  }
}

import { constants } from 'node:os'
import { here, tryCall } from './caller.ts'
import { SyscallError } from './errno.ts'

const LOCK_EX = 2
const LOCK_NB = 4

/**
 * flock(2), exclusive and without waiting: whether the open file `fd` now has the lock. The kernel takes the lock back when
 * the last copy of the descriptor is closed, so it dies with its owner, however that ends. `path` is for the error.
 */
export function tryFlock(fd: number, path: string): boolean {
  const result = tryCall(here(), 'flock', [fd, LOCK_EX | LOCK_NB])
  if (result === 0) return true
  if (result === -constants.errno.EAGAIN || result === -constants.errno.EINTR) return false
  throw new SyscallError({ errno: -result, syscall: 'flock', args: [path, 'LOCK_EX|LOCK_NB'] })
}

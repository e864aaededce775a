import fs from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { type Blame, IdmaplabError } from '../error.ts'
import { here, tryCall } from './caller.ts'
import { SyscallError, throughNode } from './errno.ts'

const LOCK_EX_NB = 6
const EWOULDBLOCK = 11
const POLL_MS = 5

/**
 * Runs `work` while this process alone holds the lock `file` (flock(2)), which is made if it is not there; what it waits for
 * itself must have a limit below that of those who wait for the lock. The lock belongs to the open file, so it ends with its owner, however that one ends. Throws a
 * {@link LockedError} when somebody keeps it for longer than `limitMs`.
 */
export async function withFileLock<T>(file: string, limitMs: number, work: () => T | Promise<T>): Promise<T> {
  const fd = throughNode([file], () => fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600))
  try {
    await acquire(file, fd, limitMs)
    return await work()
  } finally {
    fs.closeSync(fd)
  }
}

async function acquire(file: string, fd: number, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const result = tryCall(here(), 'flock', [fd, LOCK_EX_NB])
    if (result === 0) return
    if (result !== -EWOULDBLOCK) throw new SyscallError({ errno: -result, syscall: 'flock', args: [file, 'LOCK_EX'] })
    if (performance.now() >= deadline) throw new LockedError(file, limitMs)
    await wait(POLL_MS)
  }
}

/** Somebody holds a lock and does not let go. */
export class LockedError extends IdmaplabError {
  readonly code = 'LOCKED'
  readonly blame: Blame = 'harness'
  constructor(file: string, limitMs: number) {
    super(`${file} was locked by another process for ${limitMs / 1000} s: \`lslocks\` shows by which`)
  }
}

import fs from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { tryFlock } from '../kernel/flock.ts'
import { RangesError, reasonOf } from './error.ts'

/** How long another process may keep the lock: an allocation takes milliseconds, unless its disk hangs. */
const LIMIT_MS = 30_000
const TURN_MS = 10

/**
 * Runs `work` while this process alone, of all that use the registry, has the lock file.
 *
 * The lock is flock(2)'s and the file is never removed: the kernel frees it when its owner ends, even by SIGKILL, so there is
 * no stale lock to judge by pids (which are reused, and mean nothing across containers). The pid inside is for messages only.
 * It is asked for again and again instead of waited for, because a blocked system call would make Node deaf to Ctrl-C.
 */
export async function withLock<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  const fd = open(file)
  try {
    await acquire(fd, file)
    fs.ftruncateSync(fd)
    fs.writeSync(fd, `${process.pid}\n`, 0)
    return await work()
  } finally {
    fs.closeSync(fd)
  }
}

function open(file: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants
  try {
    return fs.openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o644)
  } catch (error) {
    throw new RangesError(
      'REGISTRY_UNUSABLE',
      `The lock ${file} can't be opened: ${reasonOf(error)}; be root, or use a registry of your own.`,
      { cause: error },
    )
  }
}

async function acquire(fd: number, file: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (!tryFlock(fd, file)) {
    if (performance.now() > deadline) {
      const pid = Number.parseInt(fs.readFileSync(file, 'utf8').slice(0, 20), 10)
      throw new RangesError(
        'REGISTRY_LOCKED',
        `The lock ${file} is held for more than ${LIMIT_MS / 1000} s${Number.isNaN(pid) ? '' : ` by process ${pid}`}: end that process if it hangs, and try again.`,
      )
    }
    await wait(TURN_MS)
  }
}

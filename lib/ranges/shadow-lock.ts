import fs from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { reasonOf } from '../file-trouble.ts'
import { RangesError } from './error.ts'

/** As long as shadow tries, LOCK_TRIES and LOCK_SLEEP of its lib/commonio.c. */
const LIMIT_MS = 15_000
const TURN_MS = 50

/**
 * Runs `work` with the lock that useradd(8), usermod(8) and their kin take on a file of theirs: `FILE.lock`, which holds its
 * owner's pid and is made by link(2), so that it is there complete or not at all. A lock whose process is gone is stale and
 * taken over, as shadow does. `RangesError` SUBIDS_LOCKED after 15 s.
 */
export async function withShadowLock<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  const lock = `${file}.lock`
  await acquire(file, lock)
  try {
    return await work()
  } finally {
    fs.rmSync(lock, { force: true })
  }
}

async function acquire(file: string, lock: string): Promise<void> {
  // shadow's own name for it: one process has one.
  const mine = `${file}.${process.pid}`
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    if (tryLink(mine, lock)) return
    const owner = ownerOf(lock)
    if (owner !== undefined && !isAlive(owner)) removeStale(lock)
    else if (performance.now() > deadline)
      throw new RangesError(
        'SUBIDS_LOCKED',
        `${lock} is held for more than ${LIMIT_MS / 1000} s by ${owner ? `process ${owner}` : 'nobody it names'}: if no useradd or usermod is running, remove it and try again.`,
      )
    else await wait(TURN_MS)
  }
}

function tryLink(mine: string, lock: string): boolean {
  try {
    fs.rmSync(mine, { force: true })
    fs.writeFileSync(mine, `${process.pid}`, { flag: 'wx', mode: 0o600 })
    fs.linkSync(mine, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new RangesError('SUBIDS_UNUSABLE', `The lock ${lock} can't be taken: ${reasonOf(error)}.`, { cause: error })
  } finally {
    fs.rmSync(mine, { force: true })
  }
}

/** Takes the lock away before looking at it again: meanwhile another process may have done the same, and have put its own there. */
function removeStale(lock: string): void {
  const away = `${lock}.${process.pid}`
  try {
    fs.renameSync(lock, away)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw new RangesError('SUBIDS_UNUSABLE', `The stale lock ${lock} can't be removed: ${reasonOf(error)}.`, {
      cause: error,
    })
  }
  const owner = ownerOf(away)
  if (owner !== undefined && isAlive(owner)) fs.linkSync(away, lock)
  fs.rmSync(away, { force: true })
}

/** The pid in a lock; a NUL may follow it. `undefined` when the lock has gone or holds none. */
function ownerOf(lock: string): number | undefined {
  try {
    const pid = /^[1-9][0-9]*(?=\0|\n|$)/.exec(fs.readFileSync(lock, 'latin1'))?.[0]
    return pid === undefined ? undefined : Number(pid)
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

import { once } from 'node:events'
import { $ } from 'zx'
import { HarnessError } from '../harness-error.ts'

/**
 * Runs `work` while this process alone, of all that share the cache, holds the lock `file`; `onWait` is called once if somebody else has it.
 * flock(1) becomes a `cat` whose input is a pipe from here: however this process ends, the kernel closes the pipe, `cat` ends and the lock is free.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait: () => void = () => {}): Promise<T> {
  let lock = await acquire(file, ['--nonblock'])
  if (lock === undefined) {
    onWait()
    lock = await acquire(file, [])
  }
  if (lock === undefined) throw new HarnessError('CACHE_UNUSABLE', `The lock ${file} was given up by flock(1).`)
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

type Lock = { release(): Promise<unknown> }

/** flock's exit code for a lock somebody else holds (with --nonblock). */
const BUSY = 1

async function acquire(file: string, mode: readonly string[]): Promise<Lock | undefined> {
  const holder = $({ quiet: true, nothrow: true, prefix: 'exec ' })`flock ${mode} --no-fork --exclusive ${file} cat`
  holder.stdin.on('error', () => {}) // EPIPE when flock has already ended: the exit code says why
  holder.stdin.write('held\n')
  const ended = await Promise.race([once(holder.stdout, 'data').then(() => undefined), holder])
  if (ended === undefined)
    return {
      release: () => {
        holder.stdin.end()
        return holder
      },
    }
  if (ended.exitCode === BUSY) return undefined
  if (ended.exitCode === 127)
    throw new HarnessError('PREREQUISITE_MISSING', 'flock was not found: install the Debian package util-linux.')
  throw new HarnessError('CACHE_UNUSABLE', `The lock ${file} cannot be taken: ${ended.stderr.trim()}.`)
}

import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { $ } from 'zx/core'
import { harmless } from '../harmless.ts'
import { HarnessError } from '../harness-error.ts'
import { commandOfThisProcess, owner, ownerState } from './owner.ts'

export type LockOptions = {
  /** Called once if somebody else has the lock, with who: `process 4711 (idmaplab run)`. */
  readonly onWait?: (holder: string) => void
  /** After so long the wait is given up with LOCK_TIMEOUT. */
  readonly limitSeconds?: number
}

/** Whatever is made under a lock, a slow mirror's kernel included, is made in less. */
const LONGEST_WAIT_S = 30 * 60

/**
 * Runs `work` while this process alone, of all that share the cache, holds the lock `file`.
 * flock(1) becomes a `cat` whose input is a pipe from here: however this process ends, the kernel closes the pipe, `cat` ends and the lock is free.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { onWait = () => {}, limitSeconds = LONGEST_WAIT_S } = options
  let lock = await acquire(file, ['--nonblock'])
  if (lock === undefined) {
    onWait(await holderOf(file))
    lock = await acquire(file, ['--timeout', String(limitSeconds)])
  }
  if (lock === undefined)
    throw new HarnessError(
      'LOCK_TIMEOUT',
      `Waited ${limitSeconds} s for ${await holderOf(file)} to let go of the lock ${file}: end that process if it hangs, and run again.`,
    )
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

/** Runs `work` like {@link withLock}, but only if nobody holds the lock: else the answer is who does. */
export async function ifUnlocked<T>(file: string, work: () => Promise<T>): Promise<{ did: T } | { heldBy: string }> {
  const lock = await acquire(file, ['--nonblock'])
  if (lock === undefined) return { heldBy: await holderOf(file) }
  try {
    return { did: await work() }
  } finally {
    await lock.release()
  }
}

type Lock = { release(): Promise<unknown> }

/** flock's exit code for a lock somebody else holds (with --nonblock), or held for too long (with --timeout). */
const BUSY = 1

async function acquire(file: string, mode: readonly string[]): Promise<Lock | undefined> {
  const holder = $({ quiet: true, nothrow: true, prefix: 'exec ' })`flock ${mode} --no-fork --exclusive ${file} cat`
  holder.stdin.on('error', () => {}) // EPIPE when flock has already ended: the exit code says why
  holder.stdin.write('held\n')
  const ended = await Promise.race([once(holder.stdout, 'data').then(() => undefined), holder])
  if (ended === undefined) {
    // The lock is on the file, its text is only for those who wait; on a full disk there is none.
    await writeFile(file, `lock.${owner()} ${commandOfThisProcess()}\n`).catch(() => {})
    return {
      release: () => {
        holder.stdin.end()
        return holder
      },
    }
  }
  if (ended.exitCode === BUSY) return undefined
  if (ended.exitCode === 127)
    throw new HarnessError('PREREQUISITE_MISSING', 'flock was not found: install the Debian package util-linux.')
  throw new HarnessError('CACHE_UNUSABLE', `The lock ${file} cannot be taken: ${ended.stderr.trim()}.`)
}

/** Who has the lock, in words; it may have changed hands a moment ago. */
async function holderOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const [, name = '', pid = '', command = ''] = /^(lock\.(\d+)-\S+) (.*)/.exec(text) ?? []
  if (name === '' || ownerState(name) === 'dead') return 'another process'
  return `process ${pid} (${harmless(command)})`
}

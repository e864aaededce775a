// Short in the ordinary tests; `npm run soak:vm` takes it to the lengths one wants before a release.
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { directory, ext4, scenario } from '../../scenarios/kit/language.ts'
import { openCache } from '../../vm/cache/cache.ts'
import { contents } from '../../vm/cache/contents.ts'
import { remove } from '../../vm/cache/evict.ts'
import { guestRoot } from '../../vm/image/root.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import { silent } from '../../vm/progress.ts'
import { inWords, tell } from './lab.ts'

const LONG = process.env.IDMAPLAB_SOAK === 'long'
const TIMES = LONG
  ? { killedQemus: 50, killedHarnesses: 50, pairs: 20 }
  : { killedQemus: 3, killedHarnesses: 3, pairs: 1 }
const A_ROUND_MS = 60_000
const COMMAND = fileURLToPath(new URL('../../ci/idmaplab.mjs', import.meta.url))

const story = scenario(
  import.meta.url,
  {
    title: 'a story for a soak',
    promisedBy: 'nobody',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: { data: ext4({ a: directory() }) },
  },
  async ({ host, disks }) => {
    await host.mount(disks.data, '/srv')
    for (let i = 0; i < 20; i++) await host.root.create(`/srv/a/${i}`)
    await host.root.isRefused('EEXIST').mkdir('/srv/a/7')
  },
)

/** The cache of these tests: with a kernel and a guest's root, so that only what is made of them is made. */
let scratch: DirectoryResult

beforeAll(async () => {
  scratch = await temporaryDirectory({ unsafeCleanup: true })
  const cache = await openCache()
  const kernel = await resolveKernel('6.12', { cache, progress: silent })
  const root = await guestRoot({ cache, progress: silent })
  for (const entry of [path.dirname(kernel.image), path.dirname(root.image), path.join(cache.dir, 'series')])
    await copy(entry, path.join(scratch.path, path.relative(cache.dir, entry)))
}, 300_000)
afterAll(() => scratch.cleanup())

async function copy(from: string, to: string): Promise<void> {
  await fs.mkdir(path.dirname(to), { recursive: true })
  await promisify(execFile)('cp', ['-a', '--sparse=always', from, to])
}

/** The QEMUs that have `place` in their command line. */
async function guestsOf(place: string): Promise<number[]> {
  const pids = (await fs.readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const commands = await Promise.all(pids.map(pid => fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, i) => commands[i]?.startsWith('qemu-system') && commands[i].includes(place))
}

/** Waits until the last guest of `place` is gone; the test's own limit bounds the wait. */
async function noOrphans(place: string): Promise<void> {
  for (let left = await guestsOf(place); left.length > 0; left = await guestsOf(place))
    await promisify(execFile)('tail', [`--pid=${left[0]}`, '-f', '/dev/null'])
}

test(
  `${TIMES.killedQemus} QEMUs killed at random moments are as many ERRORs or, too late, PASSes`,
  async () => {
    const place = await temporaryDirectory({ unsafeCleanup: true })
    const start = performance.now()
    expect((await tell(story)).outcome).toBe('PASS')
    const whole = performance.now() - start
    const outcomes: string[] = []
    for (let i = 0; i < TIMES.killedQemus; i++) {
      const telling = tell(story, undefined, {}, undefined, { artifacts: path.join(place.path, String(i)) })
      await wait(Math.random() * whole)
      for (const pid of await guestsOf(place.path)) process.kill(pid, 'SIGKILL')
      const result = await telling
      outcomes.push(`${result.outcome} ${result.code ?? ''}`.trim())
      expect(['PASS', 'ERROR QEMU_DIED', 'ERROR GUEST_BOOT'], inWords(result)).toContain(outcomes.at(-1))
      await noOrphans(place.path)
    }
    await place.cleanup()
    expect((await tell(story)).outcome).toBe('PASS')
  },
  A_ROUND_MS * (TIMES.killedQemus + 2),
)

type Harness = ChildProcessByStdio<null, Readable, null>

function harness(): Harness {
  return spawn(process.execPath, [COMMAND, 'run', 'vfat-usb-stick', '--json'], {
    env: { ...process.env, IDMAPLAB_CACHE: scratch.path, CI: 'true' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

async function verdictOf(child: Harness): Promise<string> {
  const [json, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  const { results } = JSON.parse(json === '' ? '{"results":[]}' : json) as {
    results: { outcome: string; reason?: string }[]
  }
  return `${code} ${results.map(({ outcome, reason = '' }) => `${outcome} ${reason}`.trim()).join()}`
}

/** Nothing holds a lock any more, nothing half made lies about, and nobody is said to use anything. */
async function expectTidyCache(): Promise<void> {
  const { dir } = await openCache(scratch.path)
  for (const lock of await fs.readdir(path.join(dir, 'locks')))
    await promisify(execFile)('flock', ['--nonblock', path.join(dir, 'locks', lock), 'true'])
  expect(await fs.readdir(path.join(dir, 'tmp'))).toEqual([])
  expect((await contents(dir)).filter(({ usedBy }) => usedBy.length > 0)).toEqual([])
}

test(
  `${TIMES.killedHarnesses} harnesses killed at random moments leave no guest, no lock, no half-made entry; the next run is right`,
  async () => {
    // The first begins with nothing made; whatever it and those after it left is what the next ones find.
    let whole = 15_000
    for (let i = 0; i < TIMES.killedHarnesses; i++) {
      const killed = harness()
      const ended = once(killed, 'close')
      await Promise.race([wait(Math.random() * whole), ended])
      killed.kill('SIGKILL')
      await ended
      await noOrphans(scratch.path)
      if (i % 5 !== 4) continue
      const start = performance.now()
      expect(await verdictOf(harness())).toBe('0 PASS')
      whole = performance.now() - start
      if (LONG) await forgetWhatWasMade()
    }
    expect(await verdictOf(harness())).toBe('0 PASS')
    await noOrphans(scratch.path)
    await expectTidyCache()
  },
  A_ROUND_MS * (TIMES.killedHarnesses + 3),
)

async function forgetWhatWasMade(): Promise<void> {
  for (const kept of await contents(scratch.path))
    if (kept.kind !== 'kernels' && kept.kind !== 'roots') expect(await remove(scratch.path, kept)).toEqual([])
}

test(
  `two harnesses at once on one cache, ${TIMES.pairs} times: both are right, and what both need is made once`,
  async () => {
    for (let i = 0; i < TIMES.pairs; i++) {
      await forgetWhatWasMade()
      expect(await Promise.all([harness(), harness()].map(verdictOf))).toEqual(['0 PASS', '0 PASS'])
      const made = (await contents(scratch.path)).filter(({ kind }) => kind === 'snapshots')
      expect(made).toHaveLength(1)
    }
    await expectTidyCache()
  },
  A_ROUND_MS * (TIMES.pairs + 1),
)

import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { runScenario } from '../../../scenarios/kit/run.ts'
import { type Cache, openCache } from '../../../vm/cache/cache.ts'
import type { Guest } from '../../../vm/guest/guest.ts'
import { openGuest } from '../../../vm/guest/open.ts'
import { resolveKernel } from '../../../vm/kernel/resolve.ts'
import type { Kernel } from '../../../vm/kernel/source.ts'
import type { Progress } from '../../../vm/progress.ts'
import type { Execution } from '../../../vm/qemu/accelerator.ts'
import { qemuVersion } from '../../../vm/qemu/process.ts'
import { median, percentile, table } from '../measure.ts'
import { oneMount } from './one-mount.ts'

const COLD = 3
const RESTORES = 50
const CASES = 20

type Lab = { readonly kernel: Kernel; readonly cache: Cache; readonly logs: string }

const progress: Progress = { step: (_, work) => work(() => {}), note: line => console.error(line) }

/** What a fresh guest costs, booted and restored, on `$KERNEL` or the default kernel: all in one run on one machine. */
export async function bench(): Promise<void> {
  const cache = await openCache()
  const kernel = await resolveKernel(process.env.KERNEL ?? '6.12', { cache, progress })
  const lab = { kernel, cache, logs: await cache.logs() }
  const accelerator = await warmUp(lab)
  const load = () => (os.loadavg()[0] ?? 0).toFixed(1)
  console.log(
    `Linux ${kernel.version} · ${accelerator} · QEMU ${await qemuVersion()} · ${os.cpus().length} CPUs, load ${load()}`,
  )

  const boots = await firstAnswers(lab, COLD, { cold: true })
  const memory: number[] = []
  const restores = await firstAnswers(lab, RESTORES, {}, async guest => void memory.push(await pss(guest.pid)))
  const cases = await caseTimes(lab)
  const rows: [string, string][] = [
    [`boot to first answer, median of ${COLD}`, seconds(median(boots))],
    [`restore to first answer, median of ${RESTORES}`, seconds(median(restores))],
    [`restore to first answer, p95 of ${RESTORES}`, seconds(percentile(restores, 95))],
    ['boots for one restore', `${(median(boots) / median(restores)).toFixed(1)} ×`],
    ['a case with one mount, median', seconds(median(cases))],
    [`${CASES} such cases in a row`, seconds(cases.reduce((sum, time) => sum + time, 0))],
    ['memory of a guest that answered (PSS), median', `${Math.round(median(memory) / 1024)} MiB`],
    ['virtme-ng: uname -r on the same kernel', await virtmeNg(kernel, accelerator)],
  ]
  console.log(table(rows))
  console.log(`load afterwards ${load()}`)
}

// Makes what there is none of yet.
async function warmUp(lab: Lab): Promise<Execution> {
  await using guest = await open(lab, {})
  return guest.accelerator
}

function open({ kernel, cache, logs }: Lab, options: { cold?: boolean }): Promise<Guest> {
  const logFile = path.join(logs, 'console.log')
  return openGuest({ kernel, accelerator: 'auto', disks: [], logFile, ...options }, cache, progress)
}

/** Milliseconds from asking for a guest to its answer to a first request. */
async function firstAnswers(
  lab: Lab,
  count: number,
  options: { cold?: boolean },
  look: (guest: Guest) => Promise<void> = async () => {},
): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await using guest = await open(lab, options)
    await guest.call('file.stat', { actor: 0, path: '/' })
    times.push(performance.now() - start)
    await look(guest)
  }
  return times
}

/** Proportional set size: shared pages count in part. In KiB. */
async function pss(pid: number): Promise<number> {
  return Number(/^Pss:\s+(\d+) kB/m.exec(await fs.readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1])
}

/** Milliseconds of each case: disk made, guest restored, story told, image read, judged. */
async function caseTimes({ kernel, cache, logs }: Lab): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < CASES; i++) {
    const setting = { kernel, cache, progress, accelerator: 'auto', open: openGuest, artifacts: logs } as const
    const result = await runScenario(oneMount, setting)
    if (result.outcome !== 'PASS') throw new Error(`the case ended with ${result.outcome}: ${result.reason ?? ''}`)
    times.push(result.seconds * 1000)
  }
  return times
}

async function virtmeNg({ image }: Kernel, accelerator: Execution): Promise<string> {
  const accel = accelerator === 'tcg' ? ['--disable-kvm'] : []
  const start = performance.now()
  try {
    await promisify(execFile)('vng', ['--run', image, ...accel, '--', 'uname', '-r'], { timeout: 300_000 })
    return seconds(performance.now() - start)
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return missing ? 'not installed' : `failed: ${String(error).split('\n')[0]}`
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

import { resolve } from 'node:path'
import type { Case } from '../scenarios/kit/case.ts'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { type Cache, openCache } from '../vm/cache/cache.ts'
import { keptDirectory } from '../vm/cache/kept-directory.ts'
import { openGuest } from '../vm/guest/open.ts'
import { usualSize } from '../vm/pool/size.ts'
import type { AcceleratorChoice } from '../vm/qemu/accelerator.ts'
import { type BaselineOptions, judgementOf } from './baseline/from-options.ts'
import { Audience } from './engine/audience.ts'
import { kernelSupply } from './engine/kernel-supply.ts'
import { Limits } from './engine/limits.ts'
import { runPlan } from './engine/run-plan.ts'
import type { Reporter } from './events.ts'
import { headingOf } from './heading.ts'
import { firstInterrupt } from './interruption.ts'
import { Keeper } from './keeper.ts'
import { type Asked, planAsked } from './plan/asked.ts'
import { casesOf, type Plan } from './plan/plan.ts'
import { rememberDurations } from './plan/remember-durations.ts'
import { requireKernels } from './plan/require-kernels.ts'
import { type AskedReporter, openReporters, parseReporters } from './report/reporters.ts'
import { noRecord, openRecord, type RunRecord } from './resume/record.ts'
import { recordKey } from './resume/record-key.ts'
import { roundsSoFar } from './rounds-so-far.ts'
import { type TerminalProgress, terminalProgress } from './terminal-progress.ts'

export type RunOptions = Asked &
  BaselineOptions & {
    readonly accel: AcceleratorChoice
    readonly cold?: boolean
    readonly keep?: boolean
    readonly json?: boolean
    /** Each `NAME` or `NAME=FILE`. */
    readonly reporter?: readonly string[]
    readonly seed?: string
    readonly retry?: number
    readonly failFast?: boolean
    readonly maxFailures?: number
    readonly jobs?: number
    readonly timeout?: number
    readonly artifacts?: string
  }

/** What an earlier run told, if it was cut short, is `resumed` or forgotten (`fresh`); without either nothing is remembered. */
type Memory = 'resumed' | 'fresh'

/** Tells the scenarios on the kernels, several side by side where the machine allows, and reports them; gives the exit code. */
export async function run(names: readonly string[], options: RunOptions, memory?: Memory): Promise<number> {
  const reports = parseReporters([...(options.json ? ['json'] : []), ...(options.reporter ?? [])])
  const { plan, lock } = await planAsked(names, options)
  const progress = terminalProgress()
  const { gate, listeners, heldTo } = await judgementOf(options, plan.shard?.whole ?? casesOf(plan), progress.note)
  const cache = await openCache()
  const { modules, jobs = usualSize(), retry = 0 } = options
  const source = { cache, progress, ...(modules === undefined ? {} : { modules }), ...(lock && { lock }) }
  await requireKernels(
    plan.kernels.map(({ spec }) => spec),
    source,
  )
  const keeper = new Keeper(cache)
  const interrupted = firstInterrupt(line => progress.note(keeper.isHolding ? 'the guest that was kept ends' : line))
  const audience = new Audience([...(await listenersOf(reports, options, cache, progress)), ...listeners])
  const setting = { cache, progress, ...(await settingOf(options, cache, keeper)) }
  const record = await recordOf(plan, options, cache, memory)
  const running = runPlan(plan, await headingOf(heldTo), {
    supply: kernelSupply({ ...setting, ...source }),
    setting,
    size: jobs,
    retries: retry,
    limits: new Limits(options, interrupted),
    gate,
    record,
    interrupted,
    hear: audience.hear,
  })
  // Whatever ends a run, what is known by then is written.
  const unwritten = await running.then(
    () => audience.close(),
    () => audience.close(),
  )
  for (const error of unwritten) progress.note(error instanceof Error ? error.message : String(error))
  const exitCode = await running
  if (interrupted.aborted && record !== noRecord)
    progress.note(
      `the same command${memory === 'fresh' ? ' without --fresh' : ''} goes on where this run was cut short`,
    )
  await keeper.hold(interrupted, progress.note)
  return exitCode === ExitCode.pass && unwritten.length > 0 ? ExitCode.error : exitCode
}

async function settingOf(
  options: RunOptions,
  cache: Cache,
  keeper: Keeper,
): Promise<Omit<Case, 'kernel' | 'signal' | 'cache' | 'progress'>> {
  return {
    open: openGuest,
    accelerator: options.accel,
    artifacts: options.artifacts === undefined ? await cache.logs() : await keptDirectory(resolve(options.artifacts)),
    keepArtifacts: options.keep ?? false,
    ...(options.keep ? { adopt: keeper.adopt } : {}),
    ...(options.cold === undefined ? {} : { cold: options.cold }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.break === undefined ? {} : { sabotage: options.break }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  }
}

async function listenersOf(
  reports: readonly AskedReporter[],
  options: RunOptions,
  cache: Cache,
  progress: TerminalProgress,
): Promise<Reporter[]> {
  return [
    ...(await openReporters(reports, { progress, environment: process.env })),
    ...(progress.live ? [] : [roundsSoFar(line => progress.write(process.stderr, `  ${line}\n`))]),
    ...(options.break === undefined ? [rememberDurations(cache)] : []),
  ]
}

// A guest that is kept running is gone with its run, and what was broken on purpose is not worth remembering.
async function recordOf(plan: Plan, options: RunOptions, cache: Cache, memory?: Memory): Promise<RunRecord> {
  if (memory === undefined || options.keep || options.break !== undefined) return noRecord
  return openRecord(cache, await recordKey(plan, options), memory === 'fresh')
}

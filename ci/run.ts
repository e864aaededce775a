import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Case } from '../scenarios/kit/case.ts'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { type Sabotage, whyNotBreakable } from '../scenarios/kit/sabotage.ts'
import type { Scenario } from '../scenarios/kit/story.ts'
import { openCache } from '../vm/cache/cache.ts'
import { keptDirectory } from '../vm/cache/kept-directory.ts'
import { openGuest } from '../vm/guest/open.ts'
import { type KernelLock, lockedPackages, readKernelLock } from '../vm/kernel/lock.ts'
import { type KernelSpec, parseKernelList } from '../vm/kernel/spec.ts'
import { usualSize } from '../vm/pool/size.ts'
import type { AcceleratorChoice } from '../vm/qemu/accelerator.ts'
import { loadScenarios } from './catalogue.ts'
import { Audience } from './engine/audience.ts'
import { plainGate } from './engine/gate.ts'
import { kernelSupply } from './engine/kernel-supply.ts'
import { Limits } from './engine/limits.ts'
import { type Heading, runPlan } from './engine/run-plan.ts'
import type { Reporter } from './events.ts'
import { firstInterrupt } from './interruption.ts'
import { Keeper } from './keeper.ts'
import { planOf } from './plan/plan.ts'
import { jsonReporter } from './report/json.ts'
import { terminalReporter } from './report/terminal.ts'
import { type TerminalProgress, terminalProgress } from './terminal-progress.ts'
import { UsageError } from './usage-error.ts'

export type RunOptions = {
  /** One or several, with commas. */
  readonly kernel: string
  readonly modules?: string
  readonly kernelsLock?: string
  readonly fs?: string
  readonly accel: AcceleratorChoice
  readonly cold?: boolean
  readonly keep?: boolean
  readonly json?: boolean
  readonly break?: Sabotage
  readonly seed?: string
  readonly repeat?: number
  readonly retry?: number
  readonly failFast?: boolean
  readonly maxFailures?: number
  readonly jobs?: number
  readonly timeout?: number
  readonly artifacts?: string
}

/** Tells the scenarios on the kernels, several side by side where the machine allows, and reports them; gives the exit code. */
export async function run(names: readonly string[], options: RunOptions): Promise<number> {
  const stories = await loadScenarios(names, options.fs)
  if (options.break !== undefined) requireBreakable(stories, options.break)
  const lock = options.kernelsLock === undefined ? undefined : await readKernelLock(options.kernelsLock)
  const specs = kernelsOf(options, lock)
  const progress = terminalProgress()
  const interrupted = firstInterrupt(progress.note)
  const keeper = new Keeper()
  const setting = await settingOf(options, progress, keeper)
  const audience = new Audience(reportersOf(options, progress))
  const { modules, jobs = usualSize(), retry = 0, repeat = 1 } = options
  const exitCode = await runPlan(planOf(stories, specs, repeat), await headingOf(), {
    supply: kernelSupply({ ...setting, ...(modules === undefined ? {} : { modules }), ...(lock && { lock }) }),
    setting,
    size: jobs,
    retries: retry,
    limits: new Limits(options, interrupted),
    gate: plainGate(),
    interrupted,
    hear: audience.hear,
  })
  const unwritten = await audience.close()
  for (const error of unwritten) progress.note(error instanceof Error ? error.message : String(error))
  await keeper.hold(interrupted, progress.note)
  return exitCode === ExitCode.pass && unwritten.length > 0 ? ExitCode.error : exitCode
}

function kernelsOf({ kernel, modules }: RunOptions, lock: KernelLock | undefined): KernelSpec[] {
  const specs = parseKernelList(kernel)
  if (lock !== undefined) for (const { name } of specs) lockedPackages(lock, name)
  if (modules !== undefined && !specs.some(({ kind }) => kind === 'file'))
    throw new UsageError(`--modules goes with a kernel image of your own; ${kernel} brings its modules.`)
  return specs
}

async function settingOf(
  options: RunOptions,
  progress: TerminalProgress,
  keeper: Keeper,
): Promise<Omit<Case, 'kernel' | 'signal'>> {
  const cache = await openCache()
  return {
    open: openGuest,
    cache,
    progress,
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

function reportersOf({ json }: RunOptions, { print, note }: TerminalProgress): Reporter[] {
  return [json ? jsonReporter(print) : terminalReporter({ print, note })]
}

async function headingOf(): Promise<Heading> {
  const about: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  return { version: (about as { version: string }).version, command: process.argv.slice(2) }
}

function requireBreakable(stories: readonly Scenario[], sabotage: Sabotage): void {
  for (const { name, disks } of stories) {
    const why = whyNotBreakable(Object.values(disks), sabotage)
    if (why !== undefined) throw new UsageError(`--break ${sabotage} would break nothing in ${name}: ${why}.`)
  }
}

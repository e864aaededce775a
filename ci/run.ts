import { rm, rmdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Case } from '../scenarios/kit/case.ts'
import { exitCodeOf } from '../scenarios/kit/exit-code.ts'
import type { ScenarioResult } from '../scenarios/kit/result.ts'
import { prepareCase } from '../scenarios/kit/run.ts'
import { type Sabotage, whyNotBreakable } from '../scenarios/kit/sabotage.ts'
import type { Scenario } from '../scenarios/kit/story.ts'
import { renderResult } from '../scenarios/kit/table.ts'
import { openCache } from '../vm/cache/cache.ts'
import { keptDirectory } from '../vm/cache/kept-directory.ts'
import { openGuest } from '../vm/guest/open.ts'
import { resolveSpec } from '../vm/kernel/resolve.ts'
import { parseKernelSpec } from '../vm/kernel/spec.ts'
import { GuestPool } from '../vm/pool/pool.ts'
import { usualSize } from '../vm/pool/size.ts'
import type { AcceleratorChoice } from '../vm/qemu/accelerator.ts'
import { loadScenarios } from './catalogue.ts'
import { firstInterrupt, INTERRUPTED } from './interruption.ts'
import { Keeper } from './keeper.ts'
import { jsonReport } from './report-json.ts'
import { type Rounds, Tally } from './tally.ts'
import { type TerminalProgress, terminalProgress, within } from './terminal-progress.ts'
import { UsageError } from './usage-error.ts'

export type RunOptions = {
  readonly kernel: string
  readonly modules?: string
  readonly fs?: string
  readonly accel: AcceleratorChoice
  readonly cold?: boolean
  readonly keep?: boolean
  readonly json?: boolean
  readonly break?: Sabotage
  readonly seed?: string
  readonly repeat?: number
  readonly jobs?: number
  readonly timeout?: number
  readonly artifacts?: string
}

/** Tells the scenarios, several side by side where the machine allows, and reports them; gives the exit code. */
export async function run(names: readonly string[], options: RunOptions): Promise<number> {
  const stories = await loadScenarios(names, options.fs)
  if (options.break !== undefined) requireBreakable(stories, options.break)
  const progress = terminalProgress()
  const signal = firstInterrupt(progress.note)
  const keeper = new Keeper()
  const setting = { ...(await settingOf(options, progress, signal)), ...(options.keep ? { adopt: keeper.adopt } : {}) }
  const rounds = options.repeat ?? 1
  const tally = new Tally()
  const show = (result: ScenarioResult) => options.json || progress.print(`\n${renderResult(result)}`)
  await tellAll(casesOf(stories, rounds), { setting, progress, size: options.jobs ?? usualSize() }, (result, round) => {
    const fresh = tally.add(result, round)
    if (fresh) show(result)
    return fresh
  })
  await rmdir(setting.artifacts).catch(() => {})
  const told = tally.outcomes.reduce((sum, outcome) => sum + tally.count(outcome), 0)
  const summary = {
    ...(rounds === 1 ? {} : { rounds: tally.rounds }),
    ...(signal.aborted ? { notRun: stories.length * rounds - told } : {}),
  }
  const closing = [...(rounds === 1 ? [] : tally.rounds.map(inWords)), closingLine(tally, told, summary.notRun)]
  progress.print(options.json ? jsonReport(tally.kept, summary) : `\n${closing.join('\n')}`)
  const interrupted = signal.aborted
  await keeper.hold(signal, progress.note)
  return interrupted ? INTERRUPTED : exitCodeOf(tally.outcomes)
}

async function settingOf(options: RunOptions, progress: TerminalProgress, signal: AbortSignal): Promise<Case> {
  const cache = await openCache()
  const { modules } = options
  const kernel = await resolveSpec(parseKernelSpec(options.kernel), {
    cache,
    progress,
    ...(modules === undefined ? {} : { modules }),
  })
  return {
    kernel,
    open: openGuest,
    cache,
    progress,
    signal,
    accelerator: options.accel,
    artifacts: options.artifacts === undefined ? await cache.logs() : await keptDirectory(resolve(options.artifacts)),
    keepArtifacts: options.keep ?? false,
    ...(options.cold === undefined ? {} : { cold: options.cold }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.break === undefined ? {} : { sabotage: options.break }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  }
}

type Telling = { readonly story: Scenario; readonly round: number; readonly name: string }

function* casesOf(stories: readonly Scenario[], rounds: number): Generator<Telling> {
  for (let round = 1; round <= rounds; round++)
    for (const story of stories) yield { story, round, name: rounds === 1 ? story.name : `${story.name}.${round}` }
}

type Way = { readonly setting: Case; readonly progress: TerminalProgress; readonly size: number }

/** Tells the cases; what `heard` does not want to keep leaves no artifacts. */
async function tellAll(
  cases: Iterable<Telling>,
  { setting, progress, size }: Way,
  heard: (result: ScenarioResult, round: number) => boolean,
): Promise<void> {
  const pool = new GuestPool({ size, ...(setting.signal === undefined ? {} : { signal: setting.signal }) })
  await progress.step(`Linux ${setting.kernel.version}, up to ${size} side by side`, async say => {
    let told = 0
    const quiet = { ...setting, progress: within(progress, detail => say(`${told} told · ${detail}`)) }
    const results = pool.run(cases, {
      prepare: ({ story, name }) => prepareCase(story, quiet, name),
      use: async (prepared, { round }) => ({ result: await prepared.tell(), round }),
    })
    for await (const { result, round } of results) {
      told += 1
      const wanted = heard(result, round) || setting.keepArtifacts
      if (!wanted && result.artifacts !== undefined) await rm(result.artifacts, { recursive: true, force: true })
    }
  })
}

function requireBreakable(stories: readonly Scenario[], sabotage: Sabotage): void {
  for (const { name, disks } of stories) {
    const why = whyNotBreakable(Object.values(disks), sabotage)
    if (why !== undefined) throw new UsageError(`--break ${sabotage} would break nothing in ${name}: ${why}.`)
  }
}

function inWords({ scenario, rounds, same, difference }: Rounds): string {
  const line = `${scenario}: ${same} of ${rounds} the same`
  if (difference === undefined) return line
  return `${line}; round ${difference.round} is the first that differs: "${difference.now}", in round 1 "${difference.first}"`
}

function closingLine(tally: Tally, told: number, notRun = 0): string {
  const counts = (['PASS', 'FAIL', 'SKIP', 'ERROR'] as const).map(outcome => `${tally.count(outcome)} ${outcome}`)
  const line = `${told} ${told === 1 ? 'case' : 'cases'}: ${counts.join(', ')}${notRun === 0 ? '' : `; ${notRun} were not begun`}`
  return tally.count('SKIP') === told ? `${line}; nothing was executed, so nothing is proven` : line
}

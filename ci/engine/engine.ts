import type { Case } from '../../scenarios/kit/case.ts'
import type { ScenarioResult } from '../../scenarios/kit/result.ts'
import { prepareCase } from '../../scenarios/kit/run.ts'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import { GuestPool } from '../../vm/pool/pool.ts'
import type { CaseId, RunEvent, Verdict } from '../events.ts'
import type { PlannedCase } from '../plan/plan.ts'
import { attempt, outcomeOf } from './attempts.ts'
import type { KernelOfRun, Unavailable } from './kernel-of-run.ts'
import { untold } from './unavailable.ts'

export type Engine = {
  /** What every case is told with. */
  readonly setting: Omit<Case, 'kernel'>
  readonly rounds: number
  /** So many guests run side by side. */
  readonly size: number
  /** How often a case that fails is told again. */
  readonly retries: number
  /** Once aborted nothing more begins; what runs is awaited. */
  readonly stop: AbortSignal
  readonly hear: (event: RunEvent) => void
  /** What an earlier run found out about a case, which is then not told again. */
  readonly earlier: (kernel: Kernel | HostKernel, id: CaseId, round: number) => Verdict | undefined
  /** Is given each verdict before anything else begins in its place; what it gives back is yielded. */
  readonly judge: (verdict: Verdict) => Verdict
  /** Whether a case of which this came would fail the run. */
  readonly isFailure: (verdict: Verdict) => boolean
}

/** What came of a case, and on which kernel, where that was found. */
export type Told = { readonly verdict: Verdict; readonly kernel?: Kernel | HostKernel }

/**
 * Tells the cases of a run, kernel after kernel, each in a fresh guest, several side by side; yields what came of each as it comes. The
 * next kernel is fetched, and its snapshot made in one of the pool's places, while the cases of the current one are told. A
 * kernel that can't be used costs its own cases.
 */
export async function* carryOut(kernels: readonly KernelOfRun[], engine: Engine): AsyncGenerator<Told> {
  const pool = new GuestPool({ size: engine.size, signal: engine.stop })
  const told = pool.run(jobsOf(kernels, engine), {
    prepare: job => job(),
    use: prepared => prepared.use(),
  })
  for await (const each of told) if (each !== undefined) yield each
}

type PreparedJob = AsyncDisposable & { readonly use: () => Promise<Told | undefined> }
type Job = () => Promise<PreparedJob>

/** Each kernel is begun with before the cases of the one before it are told. */
function* jobsOf(kernels: readonly KernelOfRun[], engine: Engine): Generator<Job> {
  const [first] = kernels
  if (first !== undefined) yield readying(first, engine)
  for (const [index, kernel] of kernels.entries()) {
    const next = kernels[index + 1]
    if (next !== undefined) yield readying(next, engine)
    for (let round = 1; round <= engine.rounds; round++)
      for (const planned of kernel.cases) yield telling({ planned, round, kernel, several: kernels.length > 1 }, engine)
  }
}

function readying(kernel: KernelOfRun, { setting: { progress } }: Engine): Job {
  return async () => {
    await kernel.find(progress)
    return {
      async use() {
        await kernel.makeReady(progress)
        return undefined
      },
      // Also when it comes to no use, since the run ends: its cases wait for it.
      [Symbol.asyncDispose]: async () => kernel.giveUp(),
    }
  }
}

type Turn = {
  readonly planned: PlannedCase
  readonly round: number
  readonly kernel: KernelOfRun
  /** Whether the run has other kernels too. */
  readonly several: boolean
}

function telling(turn: Turn, engine: Engine): Job {
  return async () => {
    const readiness = await turn.kernel.ready
    if (readiness === 'given up') return withoutGuest(async () => undefined)
    if ('unavailable' in readiness)
      return withoutGuest(async () => ({ verdict: engine.judge(lost(turn, readiness, engine)) }))
    const { kernel } = readiness
    const earlier = engine.earlier(kernel, turn.planned.id, turn.round)
    if (earlier === undefined) return withGuest(turn, kernel, engine)
    return withoutGuest(async () => ({ verdict: engine.judge(earlier), kernel }))
  }
}

function lost(
  { planned, round, kernel }: Turn,
  { unavailable, crash, version, found }: Unavailable,
  { setting }: Engine,
): Verdict {
  const asked = { ...setting, kernel: found ?? { name: kernel.spec.name }, version }
  const result = untold(planned.story, asked, unavailable, crash)
  return { case: planned.id, round, outcome: result.outcome, attempts: [result] }
}

function withoutGuest(use: PreparedJob['use']): PreparedJob {
  return { use, [Symbol.asyncDispose]: async () => {} }
}

async function withGuest(
  turn: Turn,
  kernel: Kernel | HostKernel,
  { setting, ...engine }: Engine,
): Promise<PreparedJob> {
  const { planned, round } = turn
  const prepare = (number: number) =>
    prepareCase(planned.story, { ...setting, kernel }, directoryOf(turn, number, engine.rounds))
  const first = await prepare(1)
  const verdictOf = (attempts: readonly ScenarioResult[]): Verdict => ({
    case: planned.id,
    round,
    outcome: outcomeOf(attempts),
    attempts,
  })
  const about = (number: number) => ({ at: new Date().toISOString(), case: planned.id, round, attempt: number })
  return {
    async use() {
      const attempts = await attempt(first, {
        again: (attempts, last) =>
          attempts <= engine.retries && !engine.stop.aborted && engine.isFailure(verdictOf([last])),
        prepare,
        began: number => engine.hear({ type: 'case.started', ...about(number) }),
        ended: (number, result) => engine.hear({ type: 'case.attempted', ...about(number), result }),
      })
      return { verdict: engine.judge(verdictOf(attempts)), kernel }
    },
    [Symbol.asyncDispose]: () => first[Symbol.asyncDispose](),
  }
}

/** The directory of an attempt, by all that sets it apart from the others of its run. */
function directoryOf({ planned, round, kernel, several }: Turn, number: number, rounds: number): string {
  return [
    planned.story.name,
    ...(several ? [kernel.label] : []),
    ...(rounds > 1 ? [round] : []),
    ...(number > 1 ? [`attempt-${number}`] : []),
  ].join('.')
}

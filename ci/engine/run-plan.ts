import { rm, rmdir } from 'node:fs/promises'
import type { Case } from '../../scenarios/kit/case.ts'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import type { CaseId, RunEvent, Verdict } from '../events.ts'
import type { Heading } from '../heading.ts'
import { keyOf } from '../plan/case-id.ts'
import { casesOf, type Plan, type PlannedKernel } from '../plan/plan.ts'
import type { RunRecord } from '../resume/record.ts'
import { Tally } from '../tally.ts'
import { within } from '../terminal-progress.ts'
import { carryOut } from './engine.ts'
import type { Gate } from './gate.ts'
import { KernelOfRun, type KernelSupply } from './kernel-of-run.ts'
import type { Limits } from './limits.ts'

export type Way = {
  readonly supply: KernelSupply
  /** What every case is told with. */
  readonly setting: Omit<Case, 'kernel' | 'signal'>
  /** So many guests run side by side. */
  readonly size: number
  /** How often a case that is not well is told again. */
  readonly retries: number
  readonly limits: Limits
  readonly gate: Gate
  /** Of what was told, by this run and one before it. */
  readonly record: RunRecord
  /** Once aborted the run ends, with the reason for its exit code. */
  readonly interrupted: AbortSignal
  readonly hear: (event: RunEvent) => void
}

/** Carries out a plan and says everything that reporters need; gives the exit code. */
export async function runPlan(plan: Plan, heading: Heading, way: Way): Promise<number> {
  const { hear, limits, gate, interrupted, setting } = way
  const { rounds, shard } = plan
  const cases = casesOf(plan)
  const names = plan.kernels.map(({ spec }) => spec.name)
  const part = shard === undefined ? {} : { shard }
  hear({ type: 'run.started', at: now(), ...heading, kernels: names, cases, rounds, ...part })
  const kernels = plan.kernels.map(planned => new KernelOfRun(planned, resuming(planned, rounds, way), hear))
  const open = new OpenCases(cases, rounds)
  // The first alone, so that a person sees what takes so long.
  if (!limits.signal.aborted) await kernels[0]?.makeReady(setting.progress)
  await tellAll(kernels, plan, way, verdict => open.close(verdict.case))
  await rmdir(setting.artifacts).catch(() => {})
  const { cut } = limits
  if (cut === undefined) await way.record.finish()
  const exitCode = interrupted.aborted ? Number(interrupted.reason) : gate.exitCode()
  hear({ type: 'run.ended', at: now(), ...(cut === undefined ? {} : { cut }), notRun: open.left(), exitCode })
  return exitCode
}

async function tellAll(
  kernels: readonly KernelOfRun[],
  { rounds }: Plan,
  { setting, size, retries, limits, gate, record, interrupted, hear }: Way,
  ended: (verdict: Verdict) => void,
): Promise<void> {
  const tally = new Tally()
  const judge = (told: Verdict): Verdict => {
    const verdict = gate.judge(told)
    if (gate.isFailure(verdict)) limits.countFailure()
    return verdict
  }
  await setting.progress.step(`${inAll(kernels, rounds)}, up to ${size} side by side`, async say => {
    const progress = within(setting.progress, detail => say(`${tally.total} told · ${detail}`))
    const engine = {
      setting: { ...setting, progress, signal: interrupted },
      rounds,
      size,
      retries,
      hear,
      judge,
      isFailure: gate.isFailure,
      earlier: record.earlier,
    }
    for await (const { verdict: told, kernel } of carryOut(kernels, { ...engine, stop: limits.signal })) {
      const verdict = tally.add(told) || setting.keepArtifacts ? told : await withoutArtifacts(told)
      if (kernel !== undefined) await record.add(kernel, verdict)
      ended(verdict)
      hear({ type: 'case.ended', at: now(), verdict })
    }
  })
}

/** A kernel of which everything was told by an earlier run needs no guest. */
function resuming({ cases }: PlannedKernel, rounds: number, { supply, record }: Way): KernelSupply {
  const isTold = (kernel: Kernel | HostKernel, id: CaseId) =>
    Array.from({ length: rounds }, (_, i) => i + 1).every(round => record.earlier(kernel, id, round) !== undefined)
  return {
    find: supply.find,
    async warm(kernel, progress) {
      if (!cases.every(({ id }) => isTold(kernel, id))) await supply.warm(kernel, progress)
    },
  }
}

function inAll(kernels: readonly KernelOfRun[], rounds: number): string {
  const count = kernels.reduce((sum, { cases }) => sum + cases.length, 0) * rounds
  const [only] = kernels
  const on = kernels.length === 1 && only !== undefined ? only.spec.name : `${kernels.length} kernels`
  return `${count} ${count === 1 ? 'case' : 'cases'} on ${on}`
}

/** What an earlier round left already need not be left again. */
async function withoutArtifacts(verdict: Verdict): Promise<Verdict> {
  const attempts = verdict.attempts.map(async ({ artifacts, ...result }) => {
    if (artifacts !== undefined) await rm(artifacts, { recursive: true, force: true })
    return result
  })
  return { ...verdict, attempts: await Promise.all(attempts) }
}

/** Which cases have not ended yet. */
class OpenCases {
  readonly #cases: readonly CaseId[]
  readonly #rounds: number
  readonly #ended = new Map<string, number>()

  constructor(cases: readonly CaseId[], rounds: number) {
    this.#cases = cases
    this.#rounds = rounds
  }

  close(id: CaseId): void {
    this.#ended.set(keyOf(id), (this.#ended.get(keyOf(id)) ?? 0) + 1)
  }

  /** A case once for each round. */
  left(): CaseId[] {
    return this.#cases.flatMap(id => Array.from({ length: this.#rounds - (this.#ended.get(keyOf(id)) ?? 0) }, () => id))
  }
}

function now(): string {
  return new Date().toISOString()
}

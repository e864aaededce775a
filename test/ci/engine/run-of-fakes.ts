import { plainGate } from '../../../ci/engine/gate.ts'
import { Limits } from '../../../ci/engine/limits.ts'
import { runPlan, type Way } from '../../../ci/engine/run-plan.ts'
import type { RunEvent, Verdict } from '../../../ci/events.ts'
import { planOf } from '../../../ci/plan/plan.ts'
import { noRecord } from '../../../ci/resume/record.ts'
import type { Scenario } from '../../../scenarios/kit/story.ts'
import type { Guest, GuestSpec } from '../../../vm/guest/guest.ts'
import type { Kernel } from '../../../vm/kernel/source.ts'
import { parseKernelList } from '../../../vm/kernel/spec.ts'
import { FakeGuest } from '../../scenarios/fake-guest.ts'
import { type Stage, storyOf, type Telling } from '../../scenarios/stage.ts'

const NEVER = new AbortController().signal

/** What there is to be told, and how it differs from a run in which all goes well. */
export type Run = {
  readonly stories?: readonly Scenario[]
  readonly kernels: string
  readonly rounds?: number
  readonly guest?: (spec: GuestSpec) => Promise<Guest>
  readonly limits?: { readonly failFast?: boolean; readonly maxFailures?: number }
  readonly way?: Partial<Way>
}

export type Heard = {
  readonly events: readonly RunEvent[]
  readonly exitCode: number
  readonly verdicts: readonly Verdict[]
}

/** Runs a plan with kernels and guests that are none, and gives what a reporter hears of it. */
export async function runOf(
  stage: Stage,
  { stories = [well('a')], kernels, rounds = 1, ...more }: Run,
): Promise<Heard> {
  const events: RunEvent[] = []
  const { kernel: _default, ...setting } = stage.setting(more.guest ?? (async () => new FakeGuest()))
  const interrupted = more.way?.interrupted ?? NEVER
  const plan = planOf(stories, parseKernelList(kernels), rounds)
  const exitCode = await runPlan(
    plan,
    { version: '0', command: ['run'] },
    {
      supply: { find: async ({ name }) => kernelNamed(name), warm: async () => {} },
      setting,
      size: 1,
      retries: 0,
      limits: new Limits(more.limits ?? {}, interrupted),
      gate: plainGate(),
      record: noRecord,
      interrupted,
      hear: event => events.push(event),
      ...more.way,
    },
  )
  const verdicts = events.flatMap(event => (event.type === 'case.ended' ? [event.verdict] : []))
  return { events, exitCode, verdicts }
}

export function kernelNamed(name: string): Kernel {
  return { name, version: `${name}.1-fake`, image: '/no/such/bzImage', id: name }
}

/** A story that is well when a guest lets its root make a directory, which one that is fake does unless told otherwise. */
export function well(name: string): Scenario {
  const tell: Telling = async ({ host, disks }) => {
    await host.root.mkdir('/made')
    disks.data.holds('shared/of-0', 'made of snow\n')
  }
  return storyOf(tell, { name, needs: [] })
}

/** A story that fails on every kernel. */
export function wrong(name: string): Scenario {
  return storyOf(({ host }) => host.root.isRefused('EPERM').mkdir('/made'), { name, needs: [] })
}

/** Who told what and what came of it, as `a on 6.12: PASS`; sorted, since cases are prepared side by side. */
export function inShort(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ case: { scenario, kernel }, outcome }) => `${scenario} on ${kernel}: ${outcome}`).sort()
}

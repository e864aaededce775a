import type { Scenario } from '../../scenarios/kit/story.ts'
import type { KernelSpec } from '../../vm/kernel/spec.ts'
import type { CaseId } from '../events.ts'
import { caseIdOf, keyOf } from './case-id.ts'
import { dealOut, type Shard } from './shard.ts'

export type PlannedCase = { readonly id: CaseId; readonly story: Scenario }

/** A kernel and what is to be told on it, which is something. */
export type PlannedKernel = { readonly spec: KernelSpec; readonly cases: readonly PlannedCase[] }

/** What is to be told: kernel after kernel, of each kernel round after round. */
export type Plan = {
  readonly kernels: readonly PlannedKernel[]
  readonly rounds: number
  /** Which part of a larger plan it is, and what cases that has. */
  readonly shard?: Shard & { readonly whole: readonly CaseId[] }
}

/** Every story on every kernel. */
export function planOf(stories: readonly Scenario[], specs: readonly KernelSpec[], rounds: number): Plan {
  const cases = (spec: KernelSpec) => stories.map(story => ({ id: caseIdOf(story, spec.name), story }))
  return { kernels: withSomething(specs.map(spec => ({ spec, cases: cases(spec) }))), rounds }
}

/** One shard of a plan, balanced by how long each case is expected to take. */
export function shardOf(plan: Plan, shard: Shard, seconds: (id: CaseId) => number): Plan {
  const ours = new Set((dealOut(casesOf(plan), shard.of, seconds)[shard.index - 1] ?? []).map(keyOf))
  const kernels = plan.kernels.map(({ spec, cases }) => ({
    spec,
    cases: cases.filter(({ id }) => ours.has(keyOf(id))),
  }))
  return { ...plan, kernels: withSomething(kernels), shard: { ...shard, whole: casesOf(plan) } }
}

/** One round of a plan, in its order. */
export function casesOf({ kernels }: Plan): CaseId[] {
  return kernels.flatMap(({ cases }) => cases.map(({ id }) => id))
}

function withSomething(kernels: readonly PlannedKernel[]): PlannedKernel[] {
  return kernels.filter(({ cases }) => cases.length > 0)
}

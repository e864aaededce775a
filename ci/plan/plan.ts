import type { Scenario } from '../../scenarios/kit/story.ts'
import type { KernelSpec } from '../../vm/kernel/spec.ts'
import type { CaseId } from '../events.ts'
import { caseIdOf } from './case-id.ts'

export type PlannedCase = { readonly id: CaseId; readonly story: Scenario }

/** A kernel and what is to be told on it, which is something. */
export type PlannedKernel = { readonly spec: KernelSpec; readonly cases: readonly PlannedCase[] }

/** What is to be told: kernel after kernel, of each kernel round after round. */
export type Plan = {
  readonly kernels: readonly PlannedKernel[]
  readonly rounds: number
  /** Which part of a larger plan it is. */
  readonly shard?: { readonly index: number; readonly of: number }
}

/** Every story on every kernel. */
export function planOf(stories: readonly Scenario[], specs: readonly KernelSpec[], rounds: number): Plan {
  const kernels = specs.map(spec => ({
    spec,
    cases: stories.map(story => ({ id: caseIdOf(story, spec.name), story })),
  }))
  return { kernels: kernels.filter(({ cases }) => cases.length > 0), rounds }
}

/** One round of a plan, in its order. */
export function casesOf({ kernels }: Plan): CaseId[] {
  return kernels.flatMap(({ cases }) => cases.map(({ id }) => id))
}

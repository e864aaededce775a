import type { Gate } from '../engine/gate.ts'
import { isFailure } from '../verdict.ts'
import type { Baseline } from './baseline.ts'
import { exitCodeOf, type Gated, judgedBy } from './standing.ts'

/** The gate of a run that is held to a baseline. `strict`: what is better than expected fails it too. */
export function baselineGate(baseline: Baseline, { strict = false } = {}): Gate {
  const seen = new Map<string, Gated>()
  return {
    judge(verdict) {
      const judged = judgedBy(baseline, verdict)
      const { outcome, standing } = judged
      if (standing !== undefined) seen.set(`${outcome} ${standing}`, { outcome, standing })
      return judged
    },
    isFailure: verdict => isFailure(verdict) || (strict && verdict.standing === 'fixed'),
    exitCode: () => exitCodeOf(seen.values(), { strict }),
  }
}

import type { Gate } from '../engine/gate.ts'
import type { HeldTo } from '../events.ts'
import { isFailure } from '../verdict.ts'
import type { Baseline } from './baseline.ts'
import { exitCodeOf, type Gated, judgedBy } from './standing.ts'

/** The gate of a run that is held to a baseline. */
export function baselineGate(baseline: Baseline, mode: HeldTo['mode'] = 'usual'): Gate {
  const seen = new Map<string, Gated>()
  return {
    judge(verdict) {
      const judged = judgedBy(baseline, verdict)
      const { outcome, standing } = judged
      if (standing !== undefined) seen.set(`${outcome} ${standing}`, { outcome, standing })
      return judged
    },
    isFailure(verdict) {
      const judged = judgedBy(baseline, verdict)
      return isFailure(judged) || (mode === 'strict' && judged.standing === 'fixed')
    },
    exitCode: () => exitCodeOf(seen.values(), mode),
  }
}

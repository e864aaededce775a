import { exitCodeOf } from '../../scenarios/kit/exit-code.ts'
import type { Outcome } from '../../scenarios/kit/result.ts'
import type { Verdict } from '../events.ts'
import { isFailure } from '../verdict.ts'

/** Decides what a verdict means to the run as a whole. */
export type Gate = {
  /** The verdict as reporters hear it; it is counted. Called once for each. */
  judge(verdict: Verdict): Verdict
  /** Whether it fails the run, be it judged already or not: such a case is told again with `--retry`, and `--max-failures` counts it. */
  isFailure(verdict: Verdict): boolean
  /** The exit code of a run that came to its end, from all verdicts so far. */
  exitCode(): number
}

/** Without a baseline nothing but a PASS or a SKIP is well; a FLAKY case failed, since the kernel did at least once what it must not. */
export function plainGate(): Gate {
  const seen = new Set<Outcome>()
  return {
    judge(verdict) {
      seen.add(verdict.outcome === 'FLAKY' ? 'FAIL' : verdict.outcome)
      return verdict
    },
    isFailure,
    exitCode: () => exitCodeOf([...seen]),
  }
}

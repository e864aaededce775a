import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import type { HeldTo, Verdict } from '../events.ts'
import { isFailure, lastAttempt } from '../verdict.ts'
import type { Baseline, Entry, Expectation } from './baseline.ts'
import type { CaseKernel } from './kernel-pattern.ts'
import { areRivals, compareNarrowness, isAbout, type Place } from './narrowness.ts'

/** The verdict with its standing to the baseline. */
export function judgedBy(baseline: Baseline, verdict: Verdict): Verdict {
  const entry = entryFor(baseline, verdict.case, kernelOf(verdict))
  if (entry === undefined) return { ...verdict, standing: 'unknown' }
  const { outcome, reason, link } = entry.expectation
  const expectation = { outcome, reason, ...(link === undefined ? {} : { link }) }
  return { ...verdict, standing: standingOf(verdict, entry.expectation), expectation }
}

/**
 * The narrowest entry about a case, which decides. `undefined` where nothing is said, and where two contradict each other, as only those
 * of a baseline can that was not read for this case.
 */
export function entryFor({ entries }: Pick<Baseline, 'entries'>, place: Place, kernel: CaseKernel): Entry | undefined {
  const meant = entries.filter(entry => isAbout(entry, place) && entry.kernel.matches(kernel))
  const [first, ...others] = meant.toSorted(compareNarrowness)
  return first !== undefined && others.some(other => areRivals(first, other)) ? undefined : first
}

/** The kernel of a verdict, with its whole version where a guest or a package said it. */
export function kernelOf(verdict: Verdict): CaseKernel {
  const version = lastAttempt(verdict)?.kernel
  return { name: verdict.case.kernel, ...(version === undefined ? {} : { version }) }
}

/**
 * What the run comes to as a gate, from verdicts that were judged: 1 for a FAIL, a FLAKY or a SKIP that was not expected, when `strict`
 * also for what was fixed; 2 for an ERROR that was not expected, and where nothing was executed; else 0. A run that writes down what is
 * (`update`) does not fail by it; one that could not tell does.
 */
export function exitCodeOf(verdicts: Iterable<Gated>, mode: HeldTo['mode'] = 'usual'): number {
  const all = [...verdicts]
  const executed = all.some(({ outcome }) => outcome !== 'SKIP' && outcome !== 'ERROR')
  if (mode === 'update')
    return executed && all.every(({ outcome }) => outcome !== 'ERROR') ? ExitCode.pass : ExitCode.error
  const failing = all.filter(isFailure)
  if (failing.some(({ outcome }) => outcome !== 'ERROR')) return ExitCode.fail
  if (failing.length > 0) return ExitCode.error
  if (mode === 'strict' && all.some(({ standing }) => standing === 'fixed')) return ExitCode.fail
  return executed ? ExitCode.pass : ExitCode.error
}

/** What of a verdict decides about the run. */
export type Gated = Pick<Verdict, 'outcome' | 'standing'>

// A case that is FLAKY may pass now and then. Better than expected is a PASS alone.
function standingOf(verdict: Verdict, { outcome, code }: Expectation): 'expected' | 'new' | 'fixed' {
  if (verdict.outcome === outcome && (code === undefined || lastAttempt(verdict)?.code === code)) return 'expected'
  if (verdict.outcome === 'PASS') return outcome === 'FLAKY' ? 'expected' : 'fixed'
  return 'new'
}

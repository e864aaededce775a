import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import type { CaseId, HeldTo, Verdict } from '../events.ts'
import { isFailure, lastAttempt } from '../verdict.ts'
import type { Baseline, Entry, Expectation } from './baseline.ts'
import { BaselineError } from './error.ts'
import type { CaseKernel } from './kernel-pattern.ts'

/** The verdict with its standing to the baseline. Throws a `BaselineError` when two entries say different things of the case. */
export function judgedBy(baseline: Baseline, verdict: Verdict): Verdict {
  const entry = entryFor(baseline, verdict.case, kernelOf(verdict))
  if (entry === undefined) return { ...verdict, standing: 'unknown' }
  const { outcome, reason, link } = entry.expectation
  const expectation = { outcome, reason, ...(link === undefined ? {} : { link }) }
  return { ...verdict, standing: standingOf(verdict, entry.expectation), expectation }
}

/**
 * The entry that decides about a case: one that names the scenario goes before one with a `*`, then the same for the file system, then
 * the one that names the kernel most narrowly.
 */
export function entryFor(
  { name, entries }: Pick<Baseline, 'name' | 'entries'>,
  { scenario, fs }: Pick<CaseId, 'scenario' | 'fs'>,
  kernel: CaseKernel,
): Entry | undefined {
  const meant = entries.filter(
    entry => isGlobOf(entry.scenario, scenario) && isGlobOf(entry.fs, fs) && entry.kernel.matches(kernel),
  )
  const [first, ...others] = meant.toSorted((a, b) => compareNarrowness(b, a))
  const rival = others.find(
    other => first !== undefined && compareNarrowness(first, other) === 0 && differs(first, other),
  )
  if (first === undefined || rival === undefined) return first
  throw new BaselineError(
    `${name}:${rival.line}: of ${scenario} on ${kernel.name} this entry expects ${rival.expectation.outcome} and the one in line ${first.line} ${first.expectation.outcome}, and neither is the narrower one: say which kernels each means.`,
  )
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

function isGlobOf(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name)
}

function compareNarrowness(a: Entry, b: Entry): number {
  const exact = (text: string) => Number(!text.includes('*'))
  return exact(a.scenario) - exact(b.scenario) || exact(a.fs) - exact(b.fs) || a.kernel.rank - b.kernel.rank
}

function differs({ expectation: a }: Entry, { expectation: b }: Entry): boolean {
  return a.outcome !== b.outcome || a.code !== b.code
}

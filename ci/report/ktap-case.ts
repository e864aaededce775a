import { chaptersOf, type ScenarioResult } from '../../scenarios/kit/result.ts'
import type { Verdict } from '../events.ts'
import { caseName, isFailure, lastAttempt } from '../verdict.ts'
import { type Assertion, assertionsOf } from './assertion.ts'
import { failureLines } from './failure-lines.ts'
import type { KtapTest } from './ktap-lines.ts'

/** A case as a KTAP test: its chapters, in them its assertions; of a FLAKY one the attempts, in them all that. */
export function ktapCase(verdict: Verdict, rounds: number): KtapTest {
  const description = caseName(verdict.case, verdict.round, rounds)
  const forgiven = !isFailure(verdict)
  const { outcome, attempts } = verdict
  const last = lastAttempt(verdict)
  if (last === undefined) return { ok: false, description, directive: 'ERROR', data: 'it was never told' }
  const told =
    outcome === 'FLAKY' ? attempts.map((result, i) => attemptTest(result, i + 1, forgiven)) : parts(last, forgiven)
  return { description, ...conclusion(verdict, last), diagnostics: diagnosticsOf(verdict, last), subtests: told }
}

function attemptTest(result: ScenarioResult, number: number, forgiven: boolean): KtapTest {
  return {
    description: `attempt ${number}`,
    ...(result.outcome === 'PASS' ? { ok: true } : own(result, forgiven)),
    diagnostics: reasons(result),
    subtests: parts(result, forgiven),
  }
}

type Conclusion = Pick<KtapTest, 'ok' | 'directive' | 'data'>

function conclusion(verdict: Verdict, last: ScenarioResult): Conclusion {
  const { outcome, standing, attempts, expectation } = verdict
  if (standing === 'expected' && outcome !== 'PASS' && outcome !== 'SKIP')
    return { ok: true, directive: 'XFAIL', data: expectation?.reason ?? '' }
  if (outcome === 'FLAKY') return { ok: false, data: `FLAKY: ${attempts.map(({ outcome }) => outcome).join(', ')}` }
  if (outcome === 'SKIP' && standing === 'new')
    return { ok: false, data: `not told, but expected to: ${last.reason ?? ''}` }
  return own(last, false)
}

/** What a result says by itself. */
function own({ outcome, code, reason = '' }: ScenarioResult, forgiven: boolean): Conclusion {
  if (outcome === 'PASS') return { ok: true }
  if (outcome === 'SKIP') return { ok: true, directive: 'SKIP', data: reason }
  if (forgiven) return { ok: true, directive: 'XFAIL', data: reason }
  if (outcome === 'FAIL') return { ok: false, data: reason }
  return { ok: false, directive: code === 'CASE_TIMEOUT' ? 'TIMEOUT' : 'ERROR', data: `${code ?? ''}: ${reason}` }
}

function diagnosticsOf(
  { case: { kernel }, standing, expectation, earlier, outcome }: Verdict,
  last: ScenarioResult,
): string[] {
  const expected = expectation?.outcome ?? 'nothing'
  return [
    last.title,
    ...(standing === undefined || standing === 'expected' ? [] : [`baseline: ${standing}, it expects ${expected}`]),
    ...(expectation?.link === undefined || standing !== 'expected' ? [] : [`see ${expectation.link}`]),
    ...(earlier === undefined ? [] : [`told at ${earlier}, by a run that was cut short`]),
    `${seconds(last)} on Linux ${last.kernel} (${kernel})${last.accelerator === undefined ? '' : `, ${last.accelerator}`}`,
    ...(outcome === 'FLAKY' ? [] : reasons(last)),
  ]
}

function seconds({ seconds }: ScenarioResult): string {
  return `${seconds.toFixed(3)} s`
}

/** What a person needs to see what went wrong, and to see it again; of a PASS that the kernel has a known bug. */
function reasons(result: ScenarioResult): string[] {
  const { outcome, code, reason } = result
  if (outcome === 'SKIP') return []
  if (outcome === 'PASS') return reason === undefined ? [] : [`${code}: ${reason}`]
  return failureLines(result)
}

function parts(result: ScenarioResult, forgiven: boolean): KtapTest[] {
  const assertions = assertionsOf(result)
  return chaptersOf(result).flatMap(chapter => {
    const tests = assertions.filter(each => each.chapter === chapter).map(each => assertionTest(each, forgiven))
    return chapter === '' ? tests : [{ ok: tests.every(({ ok }) => ok), description: chapter, subtests: tests }]
  })
}

function assertionTest({ claim, wanted, got, outcome }: Assertion, forgiven: boolean): KtapTest {
  const description = `${claim}: ${wanted}`
  if (outcome === 'PASS') return { ok: true, description }
  return { ok: forgiven, description, ...(forgiven ? { directive: 'XFAIL' } : {}), data: `found ${got}` }
}

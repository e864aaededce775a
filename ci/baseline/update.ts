import { formatKernelVersion } from '../../lib/idmap/kernel-version.ts'
import { failures } from '../../scenarios/kit/result.ts'
import { harmlessLine } from '../../vm/harmless.ts'
import type { Verdict } from '../events.ts'
import { keyOf } from '../plan/case-id.ts'
import { lastAttempt } from '../verdict.ts'
import { type Baseline, type Entry, type Expectation, TODO } from './baseline.ts'
import { versionOfCase } from './kernel-pattern.ts'
import { type Change, rewritten } from './rewrite.ts'
import { entryFor, judgedBy, kernelOf } from './standing.ts'

/** A baseline that expects nothing yet. */
export const EMPTY_BASELINE = 'format: 1\ncases: {}\n'

/**
 * The baseline's text with every verdict in it that it does not expect: sorted, an entry a line or a block, everything else as it was,
 * with its comments. Why a case fails, and where that is reported, only a person knows: there it says `TODO`, and is refused until
 * somebody says it. An ERROR, which says nothing about a kernel, is left out.
 */
export function updateBaseline(baseline: Baseline, verdicts: readonly Verdict[]): string {
  const cases = asOne(verdicts.filter(({ outcome }) => outcome !== 'ERROR'))
  const changes = cases
    .map(verdict => judgedBy(baseline, verdict))
    .filter(({ standing }) => standing !== 'expected')
    .map(verdict => changeFor(verdict, baseline, cases))
  return rewritten(baseline.text, changes)
}

/** One verdict a case: of rounds that differ, FLAKY. */
function asOne(verdicts: readonly Verdict[]): Verdict[] {
  const cases = new Map<string, Verdict>()
  for (const verdict of verdicts) {
    const key = keyOf(verdict.case)
    const before = cases.get(key)
    const same = before === undefined || before.outcome === verdict.outcome
    cases.set(key, same ? verdict : { ...verdict, outcome: 'FLAKY' })
  }
  return [...cases.values()]
}

function changeFor(verdict: Verdict, baseline: Baseline, all: readonly Verdict[]): Change {
  const { scenario, fs } = verdict.case
  const kernel = keyFor(verdict, baseline, all)
  const place = { scenario, fs, kernel }
  const isHere = (entry: Entry) => entry.scenario === scenario && entry.fs === fs && entry.kernel.text === kernel
  const others = { ...baseline, entries: baseline.entries.filter(entry => !isHere(entry)) }
  // Where a wider entry expects the same, a narrow one says nothing.
  const wider = entryFor(others, verdict.case, kernelOf(verdict))?.expectation
  if (verdict.outcome === 'PASS' && wider?.outcome === 'PASS') return place
  const found = firstFinding(verdict)
  return { ...place, expectation: expectationOf(verdict), ...(found === undefined ? {} : { remark: found }) }
}

/** A series; where other kernels of it came to something else, the version; where that is not enough, the kernel as it was given. */
function keyFor(verdict: Verdict, baseline: Baseline, all: readonly Verdict[]): string {
  const { scenario, fs, kernel: name } = verdict.case
  const version = versionOfCase(kernelOf(verdict))
  const own = entryFor(baseline, verdict.case, kernelOf(verdict))
  if (version === undefined || own?.kernel.text === name) return name
  const { major, minor, patch = 0 } = version
  const rivals = all.filter(
    other => other.case.scenario === scenario && other.case.fs === fs && !isSameFinding(other, verdict),
  )
  const versions = rivals.flatMap(rival => versionOfCase(kernelOf(rival)) ?? [])
  const series = versions.filter(other => other.major === major && other.minor === minor)
  const exact = `${major}.${minor}.${patch}`
  if (series.length > 0) return series.some(other => (other.patch ?? 0) === patch) ? name : exact
  return own?.kernel.text === exact ? exact : formatKernelVersion({ major, minor })
}

function isSameFinding(a: Verdict, b: Verdict): boolean {
  return a.outcome === b.outcome && codeOf(a) === codeOf(b)
}

function expectationOf(verdict: Verdict): Expectation {
  const { outcome } = verdict
  if (outcome === 'PASS') return { outcome, reason: '' }
  if (outcome === 'SKIP') return { outcome, reason: harmlessLine(lastAttempt(verdict)?.reason ?? TODO) }
  const code = codeOf(verdict)
  return { outcome, ...(code === undefined ? {} : { code }), reason: TODO, link: TODO }
}

function codeOf(verdict: Verdict): string | undefined {
  return verdict.outcome === 'FAIL' ? lastAttempt(verdict)?.code : undefined
}

/** For the person who will say why. */
function firstFinding(verdict: Verdict): string | undefined {
  if (verdict.outcome === 'PASS' || verdict.outcome === 'SKIP') return undefined
  const result = verdict.attempts.findLast(({ outcome }) => outcome !== 'PASS')
  const line = result && (result.reason ?? failures(result)[0])
  return line === undefined ? undefined : harmlessLine(line).slice(0, 120)
}

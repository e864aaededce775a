import { describe, expect, test } from 'vitest'
import { readBaseline } from '../../../ci/baseline/baseline.ts'
import { baselineGate } from '../../../ci/baseline/gate.ts'
import { exitCodeOf, judgedBy } from '../../../ci/baseline/standing.ts'
import type { CaseOutcome, Standing, Verdict } from '../../../ci/events.ts'
import type { ScenarioResult } from '../../../scenarios/kit/result.ts'
import { caseOf, resultOf, verdictOf } from '../made-up-run.ts'

const baselineOf = (lines: string) => readBaseline(`format: 1\ncases:\n${lines}`, 'b.yaml')
const expecting = (outcome: CaseOutcome, kernel = "'*'", more = '') =>
  baselineOf(
    `  s:\n    ext4:\n      ${kernel}: { outcome: ${outcome}, reason: why, link: 'https://example.org/1'${more} }\n`,
  )

/** A verdict on a kernel that calls itself so. */
function onVersion(
  version: string,
  name = version,
  outcome: 'PASS' | 'FAIL' = 'PASS',
  more: Partial<ScenarioResult> = {},
): Verdict {
  const id = caseOf('s', name)
  return verdictOf(id, outcome, { attempts: [resultOf(id, outcome, { kernel: version, ...more })] })
}

describe('how an outcome stands to what is expected', () => {
  test.each<[expected: CaseOutcome, found: CaseOutcome, standing: Standing]>([
    ['PASS', 'PASS', 'expected'],
    ['PASS', 'FAIL', 'new'],
    ['PASS', 'SKIP', 'new'],
    ['PASS', 'ERROR', 'new'],
    ['PASS', 'FLAKY', 'new'],
    ['FAIL', 'FAIL', 'expected'],
    ['FAIL', 'PASS', 'fixed'],
    ['FAIL', 'SKIP', 'new'],
    ['FAIL', 'ERROR', 'new'],
    ['FAIL', 'FLAKY', 'new'],
    ['SKIP', 'SKIP', 'expected'],
    ['SKIP', 'PASS', 'fixed'],
    ['SKIP', 'FAIL', 'new'],
    ['ERROR', 'ERROR', 'expected'],
    ['ERROR', 'PASS', 'fixed'],
    ['FLAKY', 'FLAKY', 'expected'],
    ['FLAKY', 'PASS', 'expected'],
    ['FLAKY', 'FAIL', 'new'],
  ])('expected %s, found %s: %s', (wanted, found, standing) => {
    const judged = judgedBy(expecting(wanted), verdictOf(caseOf('s'), found))
    expect(judged.standing).toBe(standing)
    expect(judged.expectation).toEqual({ outcome: wanted, reason: 'why', link: 'https://example.org/1' })
  })

  test('a case that no entry means is unknown, and nothing is expected of it', () => {
    const judged = judgedBy(expecting('PASS'), verdictOf(caseOf('other'), 'PASS'))
    expect([judged.standing, judged.expectation]).toEqual(['unknown', undefined])
  })

  test('a kernel that gets into trouble where another failure was expected is new', () => {
    const baseline = expecting('FAIL', "'*'", ', code: EXPECTATION')
    expect(judgedBy(baseline, onVersion('6.12.1', '6.12', 'FAIL')).standing).toBe('expected')
    const oops = onVersion('6.12.1', '6.12', 'FAIL', { code: 'KERNEL_TROUBLE' })
    expect(judgedBy(baseline, oops).standing).toBe('new')
  })
})

describe('which kernels an entry means', () => {
  test.each([
    ['6.12', '6.12.107+deb13-cloud-amd64', true],
    ['6.1', '6.12.107+deb13-cloud-amd64', false],
    ['6.10', '6.1.0-50-cloud-amd64', false],
    ['6.16.3', '6.16.3+deb13-cloud-amd64', true],
    ['6.16.3', '6.16.12+deb13-cloud-amd64', false],
    ['5.12..6.8', '5.11.22', false],
    ['5.12..6.8', '5.12.0', true],
    ['5.12..6.8', '6.8.12-amd64', true],
    ['5.12..6.8', '6.9.0', false],
    ['6.15..', '7.3.4', true],
    ['6.15..', '6.14.11', false],
    ['..5.11', '5.10.0-32-cloud-amd64', true],
    ['..5.11', '5.12.0', false],
    ["'*'", 'no version at all', true],
    ['6.12', 'no version at all', false],
    ['..6.12', 'no version at all', false],
  ])('%s, asked about %s: %s', (pattern, version, meant) => {
    expect(judgedBy(expecting('PASS', pattern), onVersion(version)).standing).toBe(meant ? 'expected' : 'unknown')
  })

  test('a kernel can be named as the command line names it', () => {
    const baseline = expecting('PASS', "'debian:sid/7.2'")
    expect(judgedBy(baseline, onVersion('7.2.1', 'debian:sid/7.2')).standing).toBe('expected')
    expect(judgedBy(baseline, onVersion('7.2.1', '7.2')).standing).toBe('unknown')
  })

  test('of a kernel that could not be had the name counts', () => {
    const id = caseOf('s', '6.13')
    const verdict = verdictOf(id, 'ERROR', { attempts: [resultOf(id, 'ERROR', { kernel: '6.13' })] })
    expect(judgedBy(expecting('ERROR', '6.13'), verdict).standing).toBe('expected')
  })
})

describe('the narrowest entry decides', () => {
  const baseline = baselineOf(`  '*':
    '*': { '*': PASS }
  's*':
    ext4: { '*': { outcome: SKIP, reason: glob } }
  s:
    '*': { '*': { outcome: SKIP, reason: any file system } }
    ext4:
      6.12.107: { outcome: SKIP, reason: version }
      6.12: { outcome: SKIP, reason: series }
      6.1..6.12: { outcome: SKIP, reason: range }
`)
  test.each([
    ['s', 'ext4', '6.12.107', 'version'],
    ['s', 'ext4', '6.12.9', 'series'],
    ['s', 'ext4', '6.6.1', 'range'],
    ['s', 'ext4', '7.3.1', 'any file system'],
    ['s', 'vfat', '6.12.107', 'any file system'],
    ['s2', 'ext4', '6.12.107', 'glob'],
    ['other', 'ext4', '6.12.107', ''],
  ])('%s on %s, Linux %s: %s', (scenario, fs, kernel, reason) => {
    const id = caseOf(scenario, kernel, fs)
    expect(judgedBy(baseline, verdictOf(id, 'PASS')).expectation?.reason).toBe(reason)
  })

  test('a dot in a name is a dot', () => {
    expect(judgedBy(baselineOf('  a.*:\n    ext4: { 6.12: PASS }\n'), verdictOf(caseOf('abc'), 'PASS')).standing).toBe(
      'unknown',
    )
  })
})

describe('what a run comes to', () => {
  const of = (...said: [CaseOutcome, Standing][]) => said.map(([outcome, standing]) => ({ outcome, standing }))
  test.each([
    [of(['PASS', 'expected']), 0, 0],
    [of(['FAIL', 'expected'], ['PASS', 'expected']), 0, 0],
    [of(['FAIL', 'expected']), 0, 0],
    [of(['FAIL', 'new'], ['ERROR', 'new']), 1, 1],
    [of(['FLAKY', 'new']), 1, 1],
    [of(['PASS', 'expected'], ['SKIP', 'new']), 1, 1],
    [of(['PASS', 'expected'], ['ERROR', 'new']), 2, 2],
    [of(['PASS', 'expected'], ['ERROR', 'expected']), 0, 0],
    [of(['PASS', 'fixed']), 0, 1],
    [of(['PASS', 'unknown'], ['SKIP', 'unknown']), 0, 0],
    [of(['FAIL', 'unknown']), 1, 1],
    [of(['ERROR', 'unknown']), 2, 2],
    [of(['SKIP', 'expected']), 2, 2],
    [of(['ERROR', 'expected'], ['SKIP', 'expected']), 2, 2],
    [of(), 2, 2],
  ])('%j: %d, with --strict %d', (verdicts, code, strictly) => {
    expect(exitCodeOf(verdicts)).toBe(code)
    expect(exitCodeOf(verdicts, 'strict')).toBe(strictly)
  })

  test('the gate of a run judges each verdict, and counts as failures what a run may end at', () => {
    const baseline = expecting('FAIL')
    const [lax, strict] = [baselineGate(baseline), baselineGate(baseline, 'strict')]
    for (const gate of [lax, strict]) {
      expect(gate.isFailure(gate.judge(verdictOf(caseOf('s'), 'FAIL')))).toBe(false)
      expect(gate.exitCode()).toBe(0)
    }
    const fixed = verdictOf(caseOf('s'), 'PASS')
    expect([lax, strict].map(gate => gate.isFailure(gate.judge(fixed)))).toEqual([false, true])
    expect([lax, strict].map(gate => gate.exitCode())).toEqual([0, 1])
  })
})

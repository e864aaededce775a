import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Baseline, readBaseline } from '../../../ci/baseline/baseline.ts'
import { judgedBy } from '../../../ci/baseline/standing.ts'
import { EMPTY_BASELINE, updateBaseline } from '../../../ci/baseline/update.ts'
import type { CaseOutcome, Verdict } from '../../../ci/events.ts'
import { caseOf, everything, resultOf, verdictOf } from '../made-up-run.ts'

const draft = (text: string): Baseline => readBaseline(text, 'b.yaml', { draft: true })

test('a baseline is made from a run: sorted, a pass a line, and what only a person knows is still to be said', () => {
  expect(updateBaseline(draft(EMPTY_BASELINE), everything)).toBe(`format: 1
cases:
  fails:
    ext4:
      '6.1':
        outcome: FAIL
        code: EXPECTATION
        reason: TODO # found: /a#1: container: expected 0:0 found 65534:65534
        link: TODO
      '6.12':
        outcome: FAIL
        code: EXPECTATION
        reason: TODO # found: /a#1: container: expected 0:0 found 65534:65534
        link: TODO
  lacks:
    vfat:
      '6.1':
        outcome: SKIP
        reason: this kernel has no idmapped mounts on ext4
      '6.12':
        outcome: SKIP
        reason: this kernel has no idmapped mounts on ext4
  passes:
    ext4:
      '6.1': PASS
      '6.12': PASS
  wavers:
    ext4:
      '6.12':
        outcome: FLAKY
        reason: TODO # found: /a#1: container: expected 0:0 found 65534:65534
        link: TODO
`)
})

const kept = `# The CI's kernels.
format: 1

cases:
  # Waits for a kernel.
  zebra:
    ext4:
      '*': PASS # everywhere
      # Until it is merged.
      '6.1':
        outcome: FAIL
        reason: a bug, told at such length that nobody would want to have it folded over several lines by a writer of YAML
        link: https://example.org/1
`

test('what is as expected keeps its words, its comments and its line', () => {
  expect(
    updateBaseline(draft(kept), [verdictOf(caseOf('zebra', '6.1'), 'FAIL'), verdictOf(caseOf('zebra'), 'PASS')]),
  ).toBe(kept)
})

test('what is new comes between its neighbours, and comments stay with their entries', () => {
  const text = updateBaseline(draft(kept), [
    verdictOf(caseOf('ant'), 'PASS'),
    verdictOf(caseOf('zebra', '5.10'), 'SKIP'),
  ])
  expect(text).toBe(
    kept
      .replace('  # Waits', "  ant:\n    ext4:\n      '6.12': PASS\n  # Waits")
      .replace(
        '      # Until',
        "      '5.10':\n        outcome: SKIP\n        reason: this kernel has no idmapped mounts on ext4\n      # Until",
      ),
  )
})

test('an entry that was fixed goes where a wider one says PASS anyway', () => {
  const text = updateBaseline(draft(kept), [verdictOf(caseOf('zebra', '6.1'), 'PASS')])
  expect(text).toContain("'*': PASS # everywhere")
  expect(draft(text).entries).toHaveLength(1)
})

test('a failure of another kind needs a new reason', () => {
  const id = caseOf('zebra', '6.1')
  const baseline = draft(kept.replace('outcome: FAIL', 'outcome: FAIL\n        code: EXPECTATION'))
  const panic = verdictOf(id, 'FAIL', {
    attempts: [resultOf(id, 'FAIL', { code: 'KERNEL_TROUBLE', reason: 'It panicked.' })],
  })
  const text = updateBaseline(baseline, [panic])
  expect(text).toContain('code: KERNEL_TROUBLE\n        reason: TODO # found: It panicked.\n        link: TODO')
  expect(text).not.toContain('a bug')
})

test('an ERROR says nothing about a kernel, and is not written down', () => {
  expect(updateBaseline(draft(kept), [verdictOf(caseOf('hangs'), 'ERROR')])).toBe(kept)
})

test('a round that could not be told makes a case no different', () => {
  const id = caseOf('passes')
  const rounds = [verdictOf(id, 'PASS'), verdictOf(id, 'ERROR', { round: 2 })]
  const expected = (verdicts: readonly Verdict[]) => updateBaseline(draft(EMPTY_BASELINE), verdicts)
  expect(expected(rounds)).toBe(expected(rounds.slice(0, 1)))
  expect(expected(rounds.toReversed())).toBe(expected(rounds.slice(0, 1)))
})

const release = (name: string, version: string, outcome: 'PASS' | 'FAIL'): Verdict => {
  const id = caseOf('hole', name)
  return verdictOf(id, outcome, { attempts: [resultOf(id, outcome, { kernel: version })] })
}

test('two kernels of a series that came to different things are told apart by their versions', () => {
  const text = updateBaseline(draft(EMPTY_BASELINE), [
    release('6.16.3-1', '6.16.3+deb13-cloud-amd64', 'FAIL'),
    release('6.16.12-1', '6.16.12+deb13-cloud-amd64', 'PASS'),
  ])
  expect(draft(text).entries.map(({ kernel, expectation }) => [kernel.text, expectation.outcome])).toEqual([
    ['6.16.3', 'FAIL'],
    ['6.16.12', 'PASS'],
  ])
})

test('two kernels of one version are told apart by their names', () => {
  const text = updateBaseline(draft(EMPTY_BASELINE), [
    release('/boot/mine', '7.3.0-mine', 'FAIL'),
    release('7.3', '7.3.0-1', 'PASS'),
  ])
  expect(draft(text).entries.map(({ kernel }) => kernel.text)).toEqual(['7.3', '/boot/mine'])
})

test('rounds that came to different things are FLAKY together', () => {
  const id = caseOf('wavers')
  const text = updateBaseline(draft(EMPTY_BASELINE), [
    verdictOf(id, 'PASS'),
    verdictOf(id, 'FAIL', { round: 2 }),
    verdictOf(id, 'PASS', { round: 3 }),
  ])
  expect(draft(text).entries.map(({ expectation }) => expectation.outcome)).toEqual(['FLAKY'])
})

const verdicts = fc
  .uniqueArray(
    fc.record({
      scenario: fc.constantFrom('a', 'b', 'b.c', 'no', '1.10', 'true'),
      kernel: fc.constantFrom('5.10', '6.1', '6.10', '6.16.3-1', '6.16.12-1', 'host', '/boot/bz: #'),
      outcome: fc.constantFrom<CaseOutcome>('PASS', 'FAIL', 'SKIP', 'FLAKY'),
      reason: fc.string(),
    }),
    { selector: ({ scenario, kernel }) => `${scenario} ${kernel}` },
  )
  .map(all =>
    all.map(({ scenario, kernel, outcome, reason }) => {
      const id = caseOf(scenario, kernel, scenario.length > 2 ? 'ext4+overlay' : 'ext4')
      const attempts = outcome === 'SKIP' ? [resultOf(id, 'SKIP', { reason })] : verdictOf(id, outcome).attempts
      return verdictOf(id, outcome, { attempts })
    }),
  )

test('after an update everything is as expected, and a second one changes nothing', () => {
  fc.assert(
    fc.property(verdicts, verdicts, (before, now) => {
      const first = updateBaseline(draft(EMPTY_BASELINE), before)
      const second = updateBaseline(draft(first), now)
      const baseline = draft(second)
      for (const verdict of now) expect(judgedBy(baseline, verdict).standing).toBe('expected')
      expect(updateBaseline(baseline, now)).toBe(second)
    }),
  )
})

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { chalk } from 'zx'
import type { Verdict } from '../../../ci/events.ts'
import { terminalReporter } from '../../../ci/report/terminal.ts'
import { caseOf, eventsOf, everything, resultOf, verdictOf } from '../made-up-run.ts'
import { reported } from './collected.ts'

const level = chalk.level
beforeAll(() => {
  chalk.level = 0
})
afterAll(() => {
  chalk.level = level
})

const shown = (verdicts: readonly Verdict[], more = {}) => reported(terminalReporter, eventsOf(verdicts, more))

test('of one kernel every case is shown with its tables', () => {
  const text = shown([verdictOf(caseOf('passes'), 'PASS'), verdictOf(caseOf('fails'), 'FAIL')])
  expect(text).toContain('\nPASS passes  Who owns the snow\n\n  One\n')
  expect(text).toContain('    FAIL /a#1  0:0   100000:100000  65534:65534\n')
  expect(text).toMatch(/\n2 cases: 1 PASS, 1 FAIL, 0 SKIP, 0 ERROR\n$/)
})

test('of several kernels what failed is shown with its tables, the rest in a line, then the grid, failures first', () => {
  const text = shown(everything)
  expect(text).toContain('PASS passes on 6.12  1.3 s\n')
  expect(text).toContain('SKIP lacks on 6.1: this kernel has no idmapped mounts on ext4  1.3 s\n')
  expect(text).toContain('    FAIL /a#1  0:0   100000:100000  65534:65534\n')
  expect(text).toContain('FLAKY: told 2 times, each in a fresh guest\nFAIL wavers  Who owns the snow')
  expect(text.slice(text.indexOf('\n\n                      6.12'))).toBe(`

                      6.12   6.1
fails (ext4)          FAIL   FAIL
hangs (ext4+overlay)  ERROR  -
wavers (ext4)         FLAKY  -
passes (ext4)         PASS   PASS
lacks (vfat)          SKIP   SKIP

fails on 6.1: FAIL /a#1: container: expected 0:0 found 65534:65534
fails on 6.12: FAIL /a#1: container: expected 0:0 found 65534:65534
hangs on 6.12: ERROR The guest said nothing for 20 s.
wavers on 6.12: FLAKY /a#1: container: expected 0:0 found 65534:65534

8 cases: 2 PASS, 2 FAIL, 2 SKIP, 1 ERROR, 1 FLAKY
`)
})

test('of several kernels a known bug that shows where it must is told in its line', () => {
  const reason = 'this kernel has a known bug: the snow melts'
  const melts = caseOf('melts')
  const known = verdictOf(melts, 'PASS', { attempts: [resultOf(melts, 'PASS', { code: 'KNOWN_BUG', reason })] })
  const text = shown([known, verdictOf(caseOf('melts', '6.1'), 'PASS')])
  expect(text).toContain(`PASS melts on 6.12: ${reason}  1.3 s\n`)
  expect(text).toContain('PASS melts on 6.1  1.3 s\n')
})

describe('with a baseline', () => {
  const expectation = { outcome: 'FAIL', reason: 'a known bug', link: 'https://example.org/1' } as const
  const verdicts = [
    verdictOf(caseOf('a'), 'FAIL', { standing: 'expected', expectation }),
    verdictOf(caseOf('b'), 'PASS', { standing: 'fixed', expectation }),
    verdictOf(caseOf('c'), 'PASS', { standing: 'unknown' }),
    verdictOf(caseOf('d', '6.1'), 'FAIL', { standing: 'new', expectation: { outcome: 'PASS', reason: '' } }),
    verdictOf(caseOf('e', '6.1'), 'PASS', { standing: 'expected', expectation: { outcome: 'PASS', reason: '' } }),
  ]

  test('every case says how it stands to it, where that is worth a word', () => {
    const text = shown(verdicts)
    expect(text).toContain('FAIL a on 6.12; as the baseline expects: a known bug https://example.org/1  1.3 s')
    expect(text).toContain('PASS b on 6.12; fixed: the baseline expects FAIL (a known bug)  1.3 s')
    expect(text).toContain('PASS c on 6.12; not in the baseline  1.3 s')
    expect(text).toContain('\n  new: the baseline expects PASS\n')
    expect(text).toContain('PASS e on 6.1  1.3 s\n')
  })

  test('the grid and the counts tell what is new from what is known', () => {
    const text = shown(verdicts)
    expect(text).toContain(`
          6.12           6.1
d (ext4)  -              FAIL new
a (ext4)  FAIL expected  -
b (ext4)  PASS fixed     -
c (ext4)  PASS unknown   -
e (ext4)  -              PASS

d on 6.1: FAIL new /a#1: container: expected 0:0 found 65534:65534

by the baseline: 2 expected, 1 new, 1 fixed, 1 unknown
5 cases: 3 PASS, 2 FAIL, 0 SKIP, 0 ERROR
`)
  })
})

test('what is fixed fails a run that is held to its baseline strictly, which is said', () => {
  const fixed = verdictOf(caseOf('a'), 'PASS', { standing: 'fixed' })
  const heldTo = (mode: 'usual' | 'strict') => ({ started: { heldTo: { file: 'b.yaml', id: 'x', mode } } })
  expect(shown([fixed], heldTo('usual'))).toContain('0 expected, 0 new, 1 fixed, 0 unknown\n')
  expect(shown([fixed], heldTo('strict'))).toContain('1 fixed, 0 unknown; strictly, so that what is fixed fails too\n')
})

test('of several rounds what says something new is shown, and how the rounds compare', () => {
  const id = caseOf('wavers')
  const text = shown([
    verdictOf(id, 'PASS'),
    verdictOf(id, 'PASS', { round: 2 }),
    verdictOf(id, 'FAIL', { round: 3 }),
    verdictOf(id, 'FAIL', { round: 4 }),
  ])
  expect([...text.matchAll(/^(PASS|FAIL) wavers/gm)].map(([line]) => line)).toEqual([
    'PASS wavers',
    'FAIL wavers',
    'FAIL wavers',
  ])
  expect(text).toContain('\nwavers: 2 of 4 the same; round 3 is the first that differs: "/a#1: 0:0')
})

test('a run that was cut short says what it left; one in which all is skipped, that nothing is proven', () => {
  const cases = [caseOf('passes'), caseOf('fails')]
  const cut = shown([verdictOf(caseOf('passes'), 'PASS')], {
    started: { cases },
    ended: { cut: 'interrupted', notRun: [cases[1]] },
  })
  expect(cut).toMatch(/1 case: 1 PASS, 0 FAIL, 0 SKIP, 0 ERROR; 1 was not begun \(interrupted\)\n$/)
  const last = shown([verdictOf(caseOf('passes'), 'PASS')], { started: { cases }, ended: { cut: 'interrupted' } })
  expect(last).toMatch(/ 0 ERROR; interrupted\n$/)
  const merged = shown([verdictOf(caseOf('passes'), 'PASS')], {
    started: { cases },
    ended: { cut: 'lost', notRun: [cases[1]] },
  })
  expect(merged).toMatch(/ 0 ERROR; 1 in no report \(lost\)\n$/)
  expect(shown([verdictOf(caseOf('lacks'), 'SKIP')])).toMatch(/; nothing was executed, so nothing is proven\n$/)
})

test('a kernel that can’t be used is named with the reason and what else there is to know, fit for a terminal', () => {
  const gone = { kernel: '6.13', code: 'GUEST_HUNG', reason: 'It hangs\u001b[2J.', details: ['the last line'] }
  const event = { type: 'kernel.unavailable', at: '2026-11-22T20:00:00.000Z', ...gone } as const
  const [started] = eventsOf([verdictOf(caseOf('a', '6.13'), 'ERROR')])
  const text = reported(terminalReporter, started === undefined ? [] : [started, event])
  expect(text).toBe('\nthe kernel 6.13 cannot be used: It hangs\\x1b[2J.\n    the last line\n')
})

test('on a runner of GitHub no line of a guest is a command to it', () => {
  vi.stubEnv('GITHUB_ACTIONS', 'true')
  const id = caseOf('fails')
  const result = resultOf(id, 'FAIL', { details: ['::stop-commands::x', '  ##[error]y'] })
  const text = shown([verdictOf(id, 'FAIL', { attempts: [result] })])
  vi.unstubAllEnvs()
  expect(text).toContain('::stop-commands::x')
  expect(text).not.toMatch(/^\s*(::|##\[)/m)
})

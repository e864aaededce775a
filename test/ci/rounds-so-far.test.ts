import { expect, test } from 'vitest'
import { roundsSoFar } from '../../ci/rounds-so-far.ts'
import { caseOf, eventsOf, verdictOf } from './made-up-run.ts'

/** What is said of a run of two cases on each of these kernels, of which one fails in round 7. */
function said(rounds: number, ...kernels: readonly string[]): string[] {
  const verdicts = kernels.flatMap(kernel =>
    Array.from({ length: rounds }, (_, i) => i + 1).flatMap(round => [
      verdictOf(caseOf('a', kernel), 'PASS', { round }),
      verdictOf(caseOf('b', kernel), round === 7 ? 'FAIL' : 'PASS', { round }),
    ]),
  )
  const lines: string[] = []
  const reporter = roundsSoFar(line => lines.push(line))
  for (const event of eventsOf(verdicts)) reporter.hear(event)
  return lines
}

test('of many rounds every tenth is told, with what came of all so far', () => {
  expect(said(35, '6.12')).toEqual([
    '6.12: 10 of 35 rounds; so far 19 PASS, 1 FAIL',
    '6.12: 20 of 35 rounds; so far 39 PASS, 1 FAIL',
    '6.12: 30 of 35 rounds; so far 59 PASS, 1 FAIL',
  ])
})

test('each kernel has rounds of its own, and the last is told by the report', () => {
  expect(said(20, '6.1', '6.12')).toEqual([
    '6.1: 10 of 20 rounds; so far 19 PASS, 1 FAIL',
    '6.12: 10 of 20 rounds; so far 58 PASS, 2 FAIL',
  ])
})

test.each([1, 2, 10])('of %i rounds nothing is told before the end', rounds => {
  expect(said(rounds, '6.12')).toEqual([])
})

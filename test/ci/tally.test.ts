import { expect, test } from 'vitest'
import type { Verdict } from '../../ci/events.ts'
import { Tally } from '../../ci/tally.ts'
import type { ScenarioResult } from '../../scenarios/kit/result.ts'

const cell = (owner: string) => ({ expected: '0:0', found: owner })

function verdict(round: number, ...attempts: ScenarioResult[]): Verdict {
  const [{ scenario, outcome } = told()] = attempts
  return { case: { scenario, kernel: '6.12', fs: 'ext4' }, round, outcome, attempts }
}

function told(owner = '0:0', more: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    scenario: 'a-story',
    title: 'Who owns the snow',
    outcome: owner === '0:0' ? 'PASS' : 'FAIL',
    details: [],
    kernel: '6.12.1',
    seconds: Math.random(),
    repeat: 'npx idmaplab run a-story',
    chapters: [''],
    rows: [{ chapter: '', path: '/a', disk: cell('0:0'), host: cell(owner), container: cell('0:0'), outcome: 'PASS' }],
    checks: [{ chapter: '', claim: 'create /b', expected: 'success', found: 'success', outcome: 'PASS' }],
    ...more,
  }
}

test('rounds that say the same are counted, and only the first is kept', () => {
  const tally = new Tally()
  const kept = [1, 2, 3].map(round => tally.add(verdict(round, told())))
  expect(kept).toEqual([true, false, false])
  expect(tally.rounds).toEqual([{ scenario: 'a-story', kernel: '6.12', rounds: 3, same: 3 }])
  expect(tally.kept).toHaveLength(1)
  expect([tally.count('PASS'), tally.count('FAIL'), tally.total]).toEqual([3, 0, 3])
})

test('the first round that says something else is named, with the first thing that differs', () => {
  const tally = new Tally()
  tally.add(verdict(1, told()))
  tally.add(verdict(2, told('65534:65534')))
  tally.add(verdict(3, told()))
  tally.add(verdict(4, told('1:1')))
  expect(tally.rounds).toEqual([
    {
      scenario: 'a-story',
      kernel: '6.12',
      rounds: 4,
      same: 2,
      difference: { round: 2, first: '/a: 0:0 0:0 0:0', now: '/a: 0:0 65534:65534 0:0' },
    },
  ])
  expect(tally.kept.map(({ attempts }) => attempts[0]?.rows[0]?.host.found)).toEqual(['0:0', '65534:65534', '1:1'])
  expect([tally.count('PASS'), tally.count('FAIL')]).toEqual([2, 2])
})

test('a row of the same outcome with another owner differs, and so does one that is missing', () => {
  const tally = new Tally()
  tally.add(verdict(1, told('1:1')))
  tally.add(verdict(2, told('2:2')))
  expect(tally.rounds[0]?.difference).toEqual({ round: 2, first: '/a: 0:0 1:1 0:0', now: '/a: 0:0 2:2 0:0' })
  const shorter = new Tally()
  shorter.add(verdict(1, told()))
  shorter.add(verdict(2, told('0:0', { checks: [] })))
  expect(shorter.rounds[0]?.difference).toEqual({ round: 2, first: 'create /b: success', now: 'PASS' })
})

test('a round that ended in an error differs by that, not by the claims it lacks', () => {
  const tally = new Tally()
  tally.add(verdict(1, told()))
  tally.add(verdict(2, told('0:0', { outcome: 'ERROR', code: 'GUEST_HUNG', rows: [] })))
  expect(tally.rounds[0]?.difference).toEqual({ round: 2, first: '/a: 0:0 0:0 0:0', now: 'ERROR GUEST_HUNG' })
})

test('times, seeds, paths and the addresses of a trace are no difference', () => {
  const crash = (line: string) =>
    told('0:0', {
      outcome: 'FAIL',
      code: 'KERNEL_TROUBLE',
      reason: line,
      crash: { kind: 'oops', trace: [line] },
      artifacts: line,
    })
  const tally = new Tally()
  tally.add(verdict(1, crash('[ 1.0] RIP: 0xffff0001')))
  expect(tally.add(verdict(2, crash('[ 2.0] RIP: 0xffff0002')))).toBe(false)
})

test('the rounds of each scenario are compared among themselves', () => {
  const tally = new Tally()
  tally.add(verdict(1, told()))
  tally.add(verdict(1, told('1:1', { scenario: 'another' })))
  tally.add(verdict(2, told('1:1', { scenario: 'another' })))
  expect(tally.rounds).toEqual([
    { scenario: 'a-story', kernel: '6.12', rounds: 1, same: 1 },
    { scenario: 'another', kernel: '6.12', rounds: 2, same: 2 },
  ])
})

test('the rounds of a story are compared among those on the same kernel', () => {
  const tally = new Tally()
  tally.add(verdict(1, told()))
  const elsewhere = verdict(1, told('1:1'))
  tally.add({ ...elsewhere, case: { ...elsewhere.case, kernel: '6.1' } })
  expect(tally.rounds.map(({ kernel, same }) => [kernel, same])).toEqual([
    ['6.12', 1],
    ['6.1', 1],
  ])
})

test('a round whose attempts differ is not the same as one that was well at once', () => {
  const tally = new Tally()
  tally.add(verdict(1, told()))
  tally.add({ ...verdict(2, told('1:1'), told()), outcome: 'FLAKY' })
  expect(tally.rounds[0]).toMatchObject({ rounds: 2, same: 1, difference: { round: 2, now: '/a: 0:0 1:1 0:0' } })
  expect(tally.count('FLAKY')).toBe(1)
})

test('however many rounds differ, a few are kept', () => {
  const tally = new Tally()
  for (let round = 1; round <= 1000; round++) tally.add(verdict(round, told(`${round}:0`)))
  expect(tally.rounds[0]).toMatchObject({ rounds: 1000, same: 1 })
  expect(tally.kept).toHaveLength(10)
})

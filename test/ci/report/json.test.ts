import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../ci/events.ts'
import { jsonReporter } from '../../../ci/report/json.ts'
import { caseOf, eventsOf, everything, resultOf, verdictOf } from '../made-up-run.ts'
import { Collected, cutAtEvery, reported } from './collected.ts'

const jsonOf = (verdicts: readonly Verdict[], more = {}) => JSON.parse(reported(jsonReporter, eventsOf(verdicts, more)))

test('the report is one document: the run, then each result with everything that was found', () => {
  const document = jsonOf([verdictOf(caseOf('fails'), 'FAIL')])
  expect(document).toEqual({
    format: 1,
    idmaplab: '0.1.0',
    command: ['run', '--kernel', '6.12'],
    started: '2026-11-22T20:00:00.000Z',
    ended: '2026-11-22T20:00:00.000Z',
    exitCode: 1,
    kernels: [{ name: '6.12', version: '6.12.107+deb13-cloud-amd64' }],
    plan: [{ scenario: 'fails', kernel: '6.12', fs: 'ext4' }],
    verdicts: [{ case: { scenario: 'fails', kernel: '6.12', fs: 'ext4' }, round: 1, outcome: 'FAIL', attempts: 1 }],
    results: [expect.objectContaining({ scenario: 'fails', outcome: 'FAIL', code: 'EXPECTATION' })],
  })
})

test('every assertion stands with its kernel, file system, maps, actor, operation, time and the command that repeats it', () => {
  const { results } = jsonOf([verdictOf(caseOf('fails'), 'FAIL')])
  const [{ kernel, fs, asked, repeat, failures, rows, checks }] = results
  expect([kernel, fs, asked, repeat]).toEqual([
    '6.12.107+deb13-cloud-amd64',
    'ext4',
    '6.12',
    'npx idmaplab run fails --kernel 6.12',
  ])
  expect(rows[0]).toEqual({
    chapter: 'One',
    path: '/a#1',
    disk: '0:0',
    host: '100000:100000',
    container: '65534:65534',
    outcome: 'FAIL',
    expected: { disk: '0:0', host: '100000:100000', container: '0:0' },
    actor: 'box root',
    operation: 'stat /a#1',
    maps: { containerToHost: { uid: [[0, 100_000, 65_536]], gid: [[0, 100_000, 65_536]] } },
    at: 0.5,
  })
  expect(checks).toEqual([
    { chapter: 'Two', claim: 'box root is refused chown /b', expected: 'EPERM', found: 'EPERM', outcome: 'PASS' },
  ])
  expect(failures).toEqual(['/a#1: container: expected 0:0 found 65534:65534'])
})

test('a FLAKY case has a result for each attempt', () => {
  const { results, verdicts } = jsonOf([verdictOf(caseOf('wavers'), 'FLAKY')])
  expect(verdicts).toMatchObject([{ outcome: 'FLAKY', attempts: 2 }])
  expect(results).toMatchObject([
    { outcome: 'FAIL', round: 1, attempt: 1 },
    { outcome: 'PASS', round: 1, attempt: 2 },
  ])
})

test('what ended a case is there by code, with the kernel’s own report where it was in trouble', () => {
  const crash = { kind: 'oops', trace: ['Oops: 0002 [#1] SMP'] } as const
  const oopsed = resultOf(caseOf('a'), 'FAIL', { code: 'KERNEL_TROUBLE', reason: 'It oopsed.', crash })
  const { results } = jsonOf([verdictOf(caseOf('a'), 'FAIL', { attempts: [oopsed] }), verdictOf(caseOf('b'), 'ERROR')])
  expect(results).toMatchObject([
    { outcome: 'FAIL', code: 'KERNEL_TROUBLE', reason: 'It oopsed.', crash, artifacts: '/logs/a' },
    { outcome: 'ERROR', code: 'GUEST_HUNG' },
  ])
})

test('cut off after any event it is a document, which says that it is incomplete and what is not told', () => {
  const events = eventsOf(everything)
  const documents = cutAtEvery(jsonReporter, events).map(text => JSON.parse(text))
  documents.forEach((document, i) => {
    const told = events.slice(0, i + 1).filter(({ type }) => type === 'case.ended').length
    expect(document.incomplete).toBe(i < events.length - 1 ? 'the run has not ended, or was killed' : undefined)
    expect(document.verdicts).toHaveLength(told)
    expect(document.plan).toHaveLength(everything.length)
    expect(document.notRun ?? 0).toBe(everything.length - told)
    expect(document.untold ?? []).toEqual(
      everything
        .slice(told)
        .map(({ case: id }) => id)
        .filter(isIn(document.plan)),
    )
  })
})

const isIn = (plan: readonly unknown[]) => (id: unknown) =>
  plan.some(each => JSON.stringify(each) === JSON.stringify(id))

describe('what is known of a run as a whole', () => {
  test('how the rounds of each case compare, and of the rounds those that say something new', () => {
    const id = caseOf('wavers')
    const rounds = [verdictOf(id, 'PASS'), verdictOf(id, 'PASS', { round: 2 }), verdictOf(id, 'FAIL', { round: 3 })]
    const document = jsonOf(rounds)
    expect(document.rounds).toMatchObject([{ scenario: 'wavers', kernel: '6.12', rounds: 3, same: 2 }])
    expect(document.results.map(({ round }: { round: number }) => round)).toEqual([1, 3])
  })

  test('that it was interrupted, or ended at a failure', () => {
    const cases = [caseOf('fails'), caseOf('passes')]
    const cut = (why: string) =>
      jsonOf([verdictOf(caseOf('fails'), 'FAIL')], { started: { cases }, ended: { cut: why, notRun: cases.slice(1) } })
    expect(cut('interrupted')).toMatchObject({ incomplete: 'the run was interrupted', cut: 'interrupted', notRun: 1 })
    expect(cut('fail-fast')).toMatchObject({ cut: 'fail-fast', notRun: 1, untold: [cases[1]] })
    expect(cut('fail-fast').incomplete).toBeUndefined()
  })

  test('which part of a larger one it is, and what the whole has', () => {
    const shard = { index: 2, of: 3, whole: everything.map(({ case: id }) => id) }
    expect(jsonOf([verdictOf(caseOf('passes'), 'PASS')], { started: { shard } }).shard).toEqual(shard)
  })

  test('that there was nothing to be told', () => {
    expect(jsonOf([])).toMatchObject({ format: 1, plan: [], verdicts: [], results: [] })
  })
})

test('a run of a thousand cases is written again a thousand times without being made again as often', () => {
  const many = Array.from({ length: 1000 }, (_, i) => verdictOf(caseOf(`case-${i}`), 'PASS'))
  const output = new Collected()
  const reporter = jsonReporter(output)
  let made = 0
  for (const event of eventsOf(many)) {
    if (event.type !== 'case.ended') continue
    const [result] = event.verdict.attempts
    const attempts =
      result === undefined
        ? []
        : [
            watched(result, () => {
              made += 1
            }),
          ]
    reporter.hear({ ...event, verdict: { ...event.verdict, attempts } })
  }
  expect(JSON.parse(output.text).results).toHaveLength(1000)
  expect(made).toBe(1000)
})

/** The same, telling whenever its rows are asked for to be written. */
function watched<T extends { readonly repeat: string }>(result: T, asked: () => void): T {
  return Object.defineProperty({ ...result }, 'repeat', {
    enumerable: true,
    get() {
      asked()
      return result.repeat
    },
  })
}

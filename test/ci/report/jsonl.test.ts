import { expect, test } from 'vitest'
import { jsonlReporter } from '../../../ci/report/jsonl.ts'
import { caseOf, eventsOf, everything, verdictOf } from '../made-up-run.ts'
import { cutAtEvery, reported } from './collected.ts'

const linesOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))

test('an assertion’s line says by itself all there is to know of it', () => {
  const lines = linesOf(reported(jsonlReporter, eventsOf([verdictOf(caseOf('fails'), 'FAIL')])))
  expect(lines.map(({ type }) => type)).toEqual([
    'run.started',
    'kernel.ready',
    'case.started',
    'assertion',
    'assertion',
    'assertion',
    'case.attempted',
    'case.ended',
    'run.ended',
  ])
  expect(lines[3]).toEqual({
    type: 'assertion',
    at: '2026-11-22T20:00:00.000Z',
    case: { scenario: 'fails', kernel: '6.12', fs: 'ext4' },
    round: 1,
    attempt: 1,
    kernel: '6.12.107+deb13-cloud-amd64',
    accelerator: 'tcg',
    fs: 'ext4',
    chapter: 'One',
    claim: '/a#1',
    outcome: 'FAIL',
    maps: { containerToHost: { uid: [[0, 100_000, 65_536]], gid: [[0, 100_000, 65_536]] } },
    actor: 'box root',
    operation: 'stat /a#1',
    wanted: 'disk 0:0, host 100000:100000, container 0:0',
    got: 'disk 0:0, host 100000:100000, container 65534:65534',
    time: 0.5,
    repeat: 'npx idmaplab run fails --kernel 6.12',
  })
})

test('no assertion is told twice: results and verdicts are without', () => {
  const lines = linesOf(reported(jsonlReporter, eventsOf([verdictOf(caseOf('wavers'), 'FLAKY')])))
  const [first] = lines.filter(({ type }) => type === 'case.attempted')
  expect(first.result).not.toHaveProperty('rows')
  expect(first.result.failures).toEqual(['/a#1: container: expected 0:0 found 65534:65534'])
  expect(lines.at(-2).verdict).toMatchObject({ outcome: 'FLAKY', attempts: ['FAIL', 'PASS'] })
})

test('cut off after any event it is whole lines, and without the last one it is incomplete', () => {
  const texts = cutAtEvery(jsonlReporter, eventsOf(everything))
  texts.forEach((text, i) => {
    const lines = linesOf(text)
    expect(text.endsWith('\n')).toBe(true)
    expect(lines.at(-1).type === 'run.ended').toBe(i === texts.length - 1)
  })
})

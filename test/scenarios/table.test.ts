import { afterAll, beforeAll, expect, test } from 'vitest'
import { chalk } from 'zx'
import { failures, type ScenarioResult } from '../../scenarios/kit/result.ts'
import { renderResult } from '../../scenarios/kit/table.ts'

const level = chalk.level
beforeAll(() => {
  chalk.level = 0
})
afterAll(() => {
  chalk.level = level
})

const same = (owner: string) => ({ expected: owner, found: owner })

const result: ScenarioResult = {
  scenario: 'a-story',
  title: 'Who owns the snow',
  outcome: 'FAIL',
  details: [],
  kernel: '6.12.1',
  accelerator: 'tcg',
  seconds: 12.345,
  repeat: 'npx idmaplab run a-story --kernel 6.12',
  chapters: ['First', 'Second'],
  rows: [
    {
      chapter: 'First',
      path: '/plain/of-1005',
      disk: same('1005:1005'),
      host: same('1005:1005'),
      container: { expected: '1005:1005', found: '65534:65534' },
      outcome: 'FAIL',
    },
    {
      chapter: 'First',
      path: '/plain/a-much-longer-name',
      disk: same('upper 4000000000:0'),
      host: same('65534:65534'),
      container: same('0:0'),
      outcome: 'PASS',
    },
  ],
  checks: [
    { chapter: 'First', claim: 'root is refused chown /a', expected: 'EPERM', found: 'EPERM', outcome: 'PASS' },
    { chapter: 'First', claim: 'root: create /b', expected: 'success', found: 'EACCES', outcome: 'FAIL' },
    { chapter: 'Second', claim: 'data: the raw bytes of a', expected: '"snow"', found: 'absent', outcome: 'FAIL' },
    { chapter: 'Second', claim: 'long', expected: 'x'.repeat(200), found: 'x'.repeat(200), outcome: 'PASS' },
  ],
}

test('chapters stand in the order of the story, those without a table too, and one that only a check names comes last', () => {
  const [first] = result.rows
  const [check] = result.checks
  if (first === undefined || check === undefined) throw new Error('there are some')
  const told = {
    ...result,
    chapters: ['Refusals', 'Owners', 'Nothing claimed'],
    rows: [{ ...first, chapter: 'Owners' }],
    checks: [
      { ...check, chapter: 'Refusals' },
      { ...check, chapter: 'Elsewhere' },
    ],
  }
  const headings = renderResult(told)
    .split('\n')
    .filter(line => /^ {2}(Refusals|Owners|Nothing|Elsewhere)/.test(line))
  expect(headings).toEqual(['  Refusals', '  Owners', '  Elsewhere'])
})

test('each thing that is not as it should be has a line: path, column, expected, found', () => {
  expect(failures(result)).toEqual([
    '/plain/of-1005: container: expected 1005:1005 found 65534:65534',
    'root: create /b: expected success found EACCES',
    'data: the raw bytes of a: expected "snow" found absent',
  ])
})

test('a result is a table a chapter, what else was claimed, what was wrong, and how to repeat it', () => {
  expect(renderResult(result)).toMatchInlineSnapshot(`
    "FAIL a-story  Who owns the snow

      First
             path                       disk                host         container
        FAIL /plain/of-1005             1005:1005           1005:1005    65534:65534
        PASS /plain/a-much-longer-name  upper 4000000000:0  65534:65534  0:0
        PASS root is refused chown /a: EPERM
        FAIL root: create /b

      Second
        FAIL data: the raw bytes of a: "snow"
        PASS long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…

      /plain/of-1005: container: expected 1005:1005 found 65534:65534
      root: create /b: expected success found EACCES
      data: the raw bytes of a: expected "snow" found absent
      2 paths seen three ways, 4 other claims · Linux 6.12.1, tcg · 12.3 s
      repeat: npx idmaplab run a-story --kernel 6.12"
  `)
})

test('a result that passed needs no repeating', () => {
  const rows = result.rows.slice(1).map(row => ({ ...row, chapter: '' }))
  expect(renderResult({ ...result, outcome: 'PASS', rows, checks: [] })).toMatchInlineSnapshot(`
    "PASS a-story  Who owns the snow

             path                       disk                host         container
        PASS /plain/a-much-longer-name  upper 4000000000:0  65534:65534  0:0

      1 paths seen three ways, 0 other claims · Linux 6.12.1, tcg · 12.3 s"
  `)
})

test('a result without a table says why', () => {
  const error = { ...result, outcome: 'ERROR', rows: [], checks: [], reason: 'QEMU was killed.' } as const
  expect(renderResult({ ...error, details: ['the last console lines:', '    [ 1.0] a'] })).toMatchInlineSnapshot(`
    "ERROR a-story  Who owns the snow
      QEMU was killed.
      the last console lines:
          [ 1.0] a

      0 paths seen three ways, 0 other claims · Linux 6.12.1, tcg · 12.3 s
      repeat: npx idmaplab run a-story --kernel 6.12"
  `)
})

test.each([
  [{ code: 'EXPECTATION' }, '', undefined],
  [{ outcome: 'ERROR', code: 'GUEST_HUNG', reason: 'It hangs.' }, '  GUEST_HUNG: It hangs.', undefined],
  [{ outcome: 'SKIP', code: 'FEATURE_MISSING', reason: 'no vfat' }, '  no vfat', undefined],
  [
    { code: 'KERNEL_TROUBLE', reason: 'It oopsed.', crash: { kind: 'oops', trace: ['Oops: 0002 [#1]', 'RIP: 0010'] } },
    '  kernel oops: It oopsed.',
    '    Oops: 0002 [#1]',
  ],
] as const)('why a case is no PASS is told apart: %j', (why, line, next) => {
  const lines = renderResult({ ...result, ...why }).split('\n')
  expect(lines[1]).toBe(line)
  if (next !== undefined) expect(lines[2]).toBe(next)
})

test('where there is something to look at, and how to get into a guest that was kept, is said', () => {
  const enter = 'npx idmaplab shell --attach /logs/a-story/guest.sock'
  expect(
    renderResult({ ...result, artifacts: '/logs/a-story', enter })
      .split('\n')
      .slice(-2),
  ).toEqual(['  artifacts: /logs/a-story', `  the guest is still running; get in with: ${enter}`])
})

test('what a command wrote is further in than any line of the report', () => {
  const found = 'exit code 1: oh\nPASS a-story  Who owns the snow'
  const check = { chapter: '', claim: 'a command', expected: 'exit code 0', found, outcome: 'FAIL' } as const
  const text = renderResult({ ...result, reason: 'because\nPASS', checks: [check] })
  expect(text.match(/^ *PASS.*$/gm)).toEqual([
    '      PASS',
    expect.stringMatching(/^ {4}PASS /),
    '      PASS a-story  Who owns the snow',
  ])
})

import { expect, test } from 'vitest'
import { jsonReport } from '../../../ci/report/json.ts'
import type { ScenarioResult } from '../../../scenarios/kit/result.ts'

const told: ScenarioResult = {
  scenario: 'a-story',
  title: 'Who owns the snow',
  outcome: 'FAIL',
  details: [],
  kernel: '6.12.1',
  accelerator: 'tcg',
  seconds: 1.5,
  repeat: 'npx idmaplab run a-story --kernel 6.12',
  rows: [
    {
      chapter: 'First',
      path: '/a',
      disk: { expected: '1005:1005', found: 'upper 1005:1005' },
      host: { expected: '0:0', found: '0:0' },
      container: { expected: '0:0', found: 'EACCES' },
      outcome: 'FAIL',
    },
  ],
  checks: [{ chapter: 'First', claim: 'root: create /b', expected: 'success', found: 'EPERM', outcome: 'FAIL' }],
}

const untold: ScenarioResult = {
  ...told,
  outcome: 'SKIP',
  reason: 'this kernel has no idmapped mounts on ext4',
  rows: [],
  checks: [],
}

test('the report is one document, with a row’s owners as found beside what was expected', () => {
  expect(JSON.parse(jsonReport([told]))).toEqual({
    format: 1,
    results: [
      {
        scenario: 'a-story',
        title: 'Who owns the snow',
        outcome: 'FAIL',
        details: [],
        kernel: '6.12.1',
        accelerator: 'tcg',
        seconds: 1.5,
        repeat: 'npx idmaplab run a-story --kernel 6.12',
        rows: [
          {
            chapter: 'First',
            path: '/a',
            disk: 'upper 1005:1005',
            host: '0:0',
            container: 'EACCES',
            outcome: 'FAIL',
            expected: { disk: '1005:1005', host: '0:0', container: '0:0' },
          },
        ],
        checks: [{ chapter: 'First', claim: 'root: create /b', expected: 'success', found: 'EPERM', outcome: 'FAIL' }],
        failures: [
          '/a: disk: expected 1005:1005 found upper 1005:1005',
          '/a: container: expected 0:0 found EACCES',
          'root: create /b: expected success found EPERM',
        ],
      },
    ],
  })
})

test('a story that was not told is in the report, with its reason', () => {
  const { results } = JSON.parse(jsonReport([told, untold]))
  expect(results).toHaveLength(2)
  expect(results[1]).toMatchObject({ outcome: 'SKIP', reason: untold.reason, rows: [], checks: [], failures: [] })
})

test('what ended a case is in the report by code, with the kernel’s own report where it was in trouble', () => {
  const crash = { kind: 'oops', trace: ['Oops: 0002 [#1] SMP'] } as const
  const oopsed: ScenarioResult = { ...told, code: 'KERNEL_TROUBLE', reason: 'It oopsed.', crash, artifacts: '/logs/a' }
  const hung: ScenarioResult = { ...untold, outcome: 'ERROR', code: 'GUEST_HUNG' }
  expect(JSON.parse(jsonReport([oopsed, hung])).results).toMatchObject([
    { outcome: 'FAIL', code: 'KERNEL_TROUBLE', reason: 'It oopsed.', crash, artifacts: '/logs/a' },
    { outcome: 'ERROR', code: 'GUEST_HUNG' },
  ])
})

test('a run of nothing is a document too', () => {
  expect(JSON.parse(jsonReport([]))).toEqual({ format: 1, results: [] })
})

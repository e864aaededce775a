import * as v from 'valibot'
import type { Expectation } from './baseline.ts'

/** An entry as it is written: its kernels are not read yet. */
type Written = {
  readonly scenario: string
  readonly fs: string
  readonly kernel: string
  readonly expectation: Expectation
}

/** What is wrong, and the keys that lead there. */
type Issue = { readonly path: readonly unknown[]; readonly message: string }

/** Holds what a baseline says against its form; the first thing that is wrong is an issue. */
export function checkBaseline(said: unknown): { readonly cases: readonly Written[]; readonly issue?: Issue } {
  const parsed = v.safeParse(schema, said)
  if (!parsed.success) {
    const [issue] = parsed.issues
    return { cases: [], issue: { path: (issue.path ?? []).map(({ key }) => key), message: issue.message } }
  }
  const cases = Object.entries(parsed.output.cases).flatMap(([scenario, byFs]) =>
    Object.entries(byFs).flatMap(([fs, byKernel]) =>
      Object.entries(byKernel).map(([kernel, value]) => ({ scenario, fs, kernel, expectation: asExpectation(value) })),
    ),
  )
  return { cases }
}

const expected = (what: string) => (issue: { readonly received: string }) =>
  `expected ${what}, found ${RECEIVED[issue.received] ?? issue.received.slice(0, 60)}`

/** In words, where valibot has the names of its own. */
const RECEIVED: Readonly<Record<string, string>> = { Object: 'several things', undefined: 'nothing', null: 'nothing' }

const outcome = v.picklist(['PASS', 'FAIL', 'SKIP', 'ERROR', 'FLAKY'], expected('PASS, FAIL, SKIP, ERROR or FLAKY'))

const expectation = v.strictObject(
  {
    outcome,
    code: v.optional(
      v.pipe(v.string(expected('a code')), v.regex(/^[A-Z][A-Z_]*$/, expected('a code such as EXPECTATION'))),
    ),
    reason: v.optional(v.string(expected('a reason')), ''),
    link: v.optional(
      v.pipe(v.string(expected('a link')), v.regex(/^(https?:\/\/\S+|TODO)$/, expected('an http or https URL'))),
    ),
  },
  ({ expected: key, received }) =>
    key === 'never' ? `there is only outcome, code, reason and link, not ${received}` : 'expected an outcome',
)

const byKernel = v.record(
  v.string(),
  v.lazy(value => (typeof value === 'string' ? outcome : expectation)),
  expected('kernels, and what is expected on each'),
)

const schema = v.strictObject(
  {
    format: v.literal('1', expected('format 1')),
    cases: v.record(
      v.string(),
      v.record(v.string(), byKernel, expected('file systems, and below each its kernels')),
      expected('scenarios, and below each its file systems'),
    ),
  },
  expected('"format: 1" and "cases"'),
)

function asExpectation(value: v.InferOutput<typeof outcome> | v.InferOutput<typeof expectation>): Expectation {
  if (typeof value === 'string') return { outcome: value, reason: '' }
  const { outcome, reason, code, link } = value
  return { outcome, reason, ...(code === undefined ? {} : { code }), ...(link === undefined ? {} : { link }) }
}

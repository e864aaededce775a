import * as v from 'valibot'
import { byName } from '../../vm/document/by-name.ts'
import { misfitHere } from '../../vm/document/misfit.ts'
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
    return { cases: [], issue: { path: (issue.path ?? []).map(({ key }) => key), message: misfitHere(issue) } }
  }
  const cases = Object.entries(parsed.output.cases).flatMap(([scenario, byFs]) =>
    Object.entries(byFs).flatMap(([fs, byKernel]) =>
      Object.entries(byKernel).map(([kernel, value]) => ({ scenario, fs, kernel, expectation: asExpectation(value) })),
    ),
  )
  return { cases }
}

const outcome = v.picklist(['PASS', 'FAIL', 'SKIP', 'ERROR', 'FLAKY'], 'PASS, FAIL, SKIP, ERROR or FLAKY')

const expectation = v.strictObject(
  {
    outcome,
    code: v.optional(v.pipe(v.string('a code'), v.regex(/^[A-Z][A-Z_]*$/, 'a code such as EXPECTATION'))),
    reason: v.optional(v.string('a reason'), ''),
    link: v.optional(v.pipe(v.string('a link'), v.regex(/^(https?:\/\/\S+|TODO)$/, 'an http or https URL'))),
  },
  'an outcome, and with it a code, a reason and a link',
)

const byKernel = byName<v.InferOutput<typeof outcome> | v.InferOutput<typeof expectation>>(
  v.lazy(value => (typeof value === 'string' ? outcome : expectation)),
  'kernels, and what is expected on each',
)

const schema = v.strictObject(
  {
    format: v.literal('1', 'format 1'),
    cases: byName(
      byName(byKernel, 'file systems, and below each its kernels'),
      'scenarios, and below each its file systems',
    ),
  },
  '"format: 1" and "cases"',
)

function asExpectation(value: v.InferOutput<typeof outcome> | v.InferOutput<typeof expectation>): Expectation {
  if (typeof value === 'string') return { outcome: value, reason: '' }
  const { outcome, reason, code, link } = value
  return { outcome, reason, ...(code === undefined ? {} : { code }), ...(link === undefined ? {} : { link }) }
}

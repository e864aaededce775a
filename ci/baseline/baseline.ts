import * as v from 'valibot'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import type { CaseOutcome } from '../events.ts'
import { BaselineError } from './error.ts'
import { type KernelPattern, parseKernelPattern } from './kernel-pattern.ts'

/** What is expected of the cases an entry means. */
export type Expectation = {
  readonly outcome: CaseOutcome
  /** Of a FAIL or an ERROR: only with this code it is the expected one. */
  readonly code?: string
  /** Empty for a PASS. */
  readonly reason: string
  readonly link?: string
}

/** One entry: `scenario` and `fs` may have `*` for any part of a name. */
export type Entry = {
  readonly scenario: string
  readonly fs: string
  readonly kernel: KernelPattern
  readonly expectation: Expectation
  readonly line: number
}

export type Baseline = {
  /** The file's name, for messages. */
  readonly name: string
  readonly text: string
  readonly entries: readonly Entry[]
}

/** What `--update-baseline` writes where only a person knows the answer. */
export const TODO = 'TODO'

/**
 * Reads a baseline. Throws a `BaselineError` with file, line and column for what is no YAML, not in its schema, or waits for a person's
 * word: a `TODO` is let pass only in a `draft`, which is about to be updated.
 */
export function readBaseline(text: string, name: string, { draft = false } = {}): Baseline {
  const counter = new LineCounter()
  const document = parseBaseline(text, counter)
  const place = (offset: number): string => {
    const { line, col } = counter.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined) throw new BaselineError(`${place(error.pos[0])}: ${error.message.split('\n')[0] ?? ''}`)
  const at = (path: readonly unknown[]): number => {
    const offset = offsetOf(document, path)
    return counter.linePos(offset).line
  }
  const wrong = (path: readonly unknown[], sentence: string): BaselineError =>
    new BaselineError(`${place(offsetOf(document, path))}: ${sentence}`)
  const parsed = v.safeParse(schema, document.toJS() ?? {})
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw wrong((issue.path ?? []).map(({ key }) => key), issue.message)
  }
  const entries = Object.entries(parsed.output.cases).flatMap(([scenario, byFs]) =>
    Object.entries(byFs).flatMap(([fs, byKernel]) =>
      Object.entries(byKernel).map(([key, said]): Entry => {
        const path = ['cases', scenario, fs, key]
        const kernel = parseKernelPattern(key)
        if (kernel === undefined) throw wrong(path, `the range ${key} goes from a newer kernel to an older one`)
        const expectation = typeof said === 'string' ? { outcome: said, reason: '' } : said
        const waiting = draft ? undefined : whatIsMissing(expectation)
        if (waiting !== undefined) throw wrong(path, `${expectation.outcome} is expected here without a ${waiting}: give one`)
        return { scenario, fs, kernel, expectation, line: at(path) }
      }),
    ),
  )
  return { name, text, entries }
}

/** Every scalar is the text it is written as: `6.10` is no number, and not 6.1. */
export function parseBaseline(text: string, lineCounter = new LineCounter()): Document.Parsed {
  return parseDocument(text, { schema: 'failsafe', lineCounter, prettyErrors: false })
}

const outcome = v.picklist(['PASS', 'FAIL', 'SKIP', 'ERROR', 'FLAKY'], ({ received }) =>
  `expected PASS, FAIL, SKIP, ERROR or FLAKY, found ${received}`,
)

const said = v.strictObject(
  {
    outcome,
    code: v.optional(v.pipe(v.string(), v.regex(/^[A-Z_]+$/, 'a code is capital letters and _, such as EXPECTATION'))),
    reason: v.optional(v.string('a reason is a text'), ''),
    link: v.optional(v.pipe(v.string(), v.regex(/^(https?:\/\/\S+|TODO)$/, 'a link is an http or https URL'))),
  },
  ({ received }) => `expected outcome, code, reason and link, found ${received}`,
)

const schema = v.strictObject(
  {
    format: v.literal('1', ({ received }) => `expected "format: 1", found ${received}`),
    cases: v.record(
      v.string(),
      v.record(
        v.string(),
        v.record(v.string(), v.union([outcome, said], unionMessage), 'expected kernels and what is expected on each'),
        'expected file systems, below each the kernels',
      ),
      'expected scenarios, below each the file systems',
    ),
  },
  ({ received }) => `expected "format" and "cases", found ${received}`,
)

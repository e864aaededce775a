import { LineCounter } from 'yaml'
import { KernelVersionError } from '../../lib/idmap/kernel-version.ts'
import type { CaseOutcome } from '../events.ts'
import { contradictionAbout } from './contradiction.ts'
import { BaselineError } from './error.ts'
import { type KernelPattern, parseKernelPattern } from './kernel-pattern.ts'
import type { Place } from './narrowness.ts'
import { checkBaseline } from './schema.ts'
import { firstAlias, offsetOf, parseBaselineYaml } from './yaml.ts'

/** What is expected of the cases an entry means. */
export type Expectation = {
  readonly outcome: CaseOutcome
  /** Of a FAIL or an ERROR: only with this code it is the expected one. */
  readonly code?: string
  /** Empty where the outcome is PASS. */
  readonly reason: string
  readonly link?: string
}

/** One entry: in `scenario` and `fs` a `*` stands for any part of a name. */
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

/** What an update writes where only a person knows the answer. */
export const TODO = 'TODO'

type Reading = {
  /** About to be updated. */
  readonly draft?: boolean
  /** What it will judge. */
  readonly cases?: readonly Place[]
}

/**
 * Reads a baseline. Throws a `BaselineError` with file and line for what is no YAML, is not in its form, contradicts itself (about the
 * scenarios it names, or about `cases`), or waits for a person's word: that is let pass only in a `draft`.
 */
export function readBaseline(
  text: string,
  name: string,
  { draft = false, cases: judged = [] }: Reading = {},
): Baseline {
  const counter = new LineCounter()
  const document = parseBaselineYaml(text, counter)
  const wrong = (offset: number, sentence: string): BaselineError => {
    const { line, col } = counter.linePos(offset)
    return new BaselineError(`${name}:${line}:${col}: ${sentence}.`)
  }
  const [error] = document.errors
  if (error !== undefined) throw wrong(error.pos[0], error.message)
  const alias = firstAlias(document)
  if (alias !== undefined) throw wrong(alias, 'an alias is not taken here: write the entry out')
  const { cases, issue } = checkBaseline(document.toJS())
  if (issue !== undefined) throw wrong(offsetOf(document, issue.path), issue.message)
  const entries = cases.map(({ scenario, fs, kernel: key, expectation }) => {
    const offset = offsetOf(document, ['cases', scenario, fs, key])
    const kernel = readPattern(key, sentence => wrong(offset, sentence))
    if (kernel === undefined) throw wrong(offset, `the range ${key} leads from a newer kernel to an older one`)
    const missing = draft ? undefined : missingIn(expectation)
    if (missing !== undefined)
      throw wrong(offset, `${expectation.outcome} is expected here without a ${missing}: give one`)
    return { scenario, fs, kernel, expectation, line: counter.linePos(offset).line }
  })
  requireAgreement(name, entries, judged)
  return { name, text, entries }
}

// What an entry calls its scenario, a `*` in it too, stands for all that it means.
function requireAgreement(name: string, entries: readonly Entry[], judged: readonly Place[]): void {
  const found = contradictionAbout(entries, [...entries, ...judged])
  if (found === undefined) return
  const { first, second, place, kernels } = found
  const about = `of ${place.scenario} (${place.fs}) on ${kernels === '*' ? 'any kernel' : kernels}`
  throw new BaselineError(
    `${name}:${second.line}: ${about} this entry expects ${inWords(second)}, the one in line ${first.line} ${inWords(first)}, and neither is the narrower one: say which cases each means.`,
  )
}

function inWords({ expectation: { outcome, code } }: Entry): string {
  return code === undefined ? outcome : `${outcome} (${code})`
}

function readPattern(key: string, wrong: (sentence: string) => BaselineError): KernelPattern | undefined {
  try {
    return parseKernelPattern(key)
  } catch (error) {
    if (error instanceof KernelVersionError) throw wrong(error.message)
    throw error
  }
}

/** Whatever is expected but a PASS has a reason; what is a defect, a place where it is reported. */
function missingIn({ outcome, reason, link }: Expectation): string | undefined {
  if (outcome === 'PASS') return undefined
  if (reason === '' || reason === TODO) return 'reason'
  return outcome !== 'SKIP' && (link === undefined || link === TODO) ? 'link' : undefined
}

import type { Answer } from '../lib/kernel/probe/answer.ts'
import { type FeatureName, features, type ProbeReport, probe as probeKernel } from '../lib/kernel/probe/probe.ts'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { harmlessLine } from '../vm/harmless.ts'
import { aligned } from './aligned.ts'

/** Raised when a reader of an older document could misread a newer one. */
const FORMAT = 1

/** Shows what this kernel supports; gives the exit code: what it lacks is no failure. */
export function probe(options: { readonly json?: boolean }): number {
  const report = probeKernel()
  const text = options.json ? JSON.stringify({ format: FORMAT, ...report }, null, 2) : renderProbe(report)
  process.stdout.write(`${text}\n`)
  return ExitCode.pass
}

/** A report as a person reads it: a line a feature, a line a file system. What several lines need is told once, below. */
export function renderProbe({ kernel, uid, features: answers, filesystems }: ProbeReport): string {
  const names = Object.keys(features) as FeatureName[]
  const shared = sharedNeeds([...Object.values(answers), ...filesystems.map(({ idmappedMount }) => idmappedMount)])
  return [
    `Linux ${kernel}, tried as uid ${uid}`,
    '',
    ...aligned([
      ['', '', 'since'],
      ...names.map(name => [
        mark(answers[name]),
        features[name].title,
        features[name].since,
        inWords(answers[name], shared),
      ]),
    ]),
    '',
    ...aligned([
      ['file system', 'idmapped', 'by containers', ''],
      ...filesystems.map(({ type, idmappedMount, inUserNamespace }) => [
        type,
        mark(idmappedMount),
        mark(inUserNamespace),
        inWords(idmappedMount, shared),
      ]),
    ]),
    '',
    'idmapped: its mounts can be given an id map. by containers: the root of a user namespace can mount one.',
    ...shared.map((needs, index) => `${noteOf(index)} needs ${harmlessLine(needs)}`),
  ].join('\n')
}

function sharedNeeds(answers: readonly Answer[]): readonly string[] {
  const needs = answers.flatMap(answer => (answer.state === 'unknown' ? [answer.needs] : []))
  return [...new Set(needs.filter((need, index) => needs.indexOf(need) !== index))]
}

function noteOf(index: number): string {
  return `(${index + 1})`
}

function mark({ state }: Answer): string {
  return { yes: 'yes', no: 'no', unknown: '?' }[state]
}

function inWords(answer: Answer, shared: readonly string[]): string {
  if (answer.state === 'yes') return harmlessLine(answer.detail ?? '')
  if (answer.state === 'no')
    return harmlessLine(answer.errno === undefined ? answer.why : `${answer.errno}: ${answer.why}`)
  const index = shared.indexOf(answer.needs)
  return index < 0 ? harmlessLine(`needs ${answer.needs}`) : noteOf(index)
}

import { againstTable, featureEntry, filesystemEntry, type TableSays } from '../lib/kernel/probe/against-table.ts'
import type { Answer } from '../lib/kernel/probe/answer.ts'
import { type FeatureName, features, type ProbeReport, probe as probeKernel } from '../lib/kernel/probe/probe.ts'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { harmlessLine } from '../vm/harmless.ts'
import { aligned } from './aligned.ts'

/** Raised when a reader of an older document could misread a newer one. */
const FORMAT = 1

/** Shows what this kernel supports, beside what the table of versions says; gives the exit code: what it lacks is no failure. */
export function probe(options: { readonly json?: boolean }): number {
  const report = probeKernel()
  const text = options.json ? JSON.stringify(probeDocument(report), null, 2) : renderProbe(report)
  process.stdout.write(`${text}\n`)
  return ExitCode.pass
}

/** What `--json` prints: the report, and by name what the table says of each feature and file system it has. */
export function probeDocument(report: ProbeReport): object {
  const table = saidOf(report)
  return {
    format: FORMAT,
    ...report,
    table: { features: Object.fromEntries(table.features), filesystems: Object.fromEntries(table.filesystems) },
  }
}

/** A report as a person reads it: a line a feature, a line a file system, and where the table says otherwise. What several lines need is told once, below. */
export function renderProbe(report: ProbeReport): string {
  const { kernel, uid, features: answers, filesystems } = report
  const table = saidOf(report)
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
        words(answers[name], shared, table.features.get(name)),
      ]),
    ]),
    '',
    ...aligned([
      ['file system', 'idmapped', 'table', 'by containers', ''],
      ...filesystems.map(({ type, idmappedMount, inUserNamespace }) => [
        type,
        mark(idmappedMount),
        table.filesystems.get(type)?.table.replace(/^(since|in) /, '') ?? '',
        mark(inUserNamespace),
        words(idmappedMount, shared, table.filesystems.get(type)),
      ]),
    ]),
    '',
    'idmapped: its mounts can be given an id map. table: since which Linux, as released. by containers: the root of a user namespace can mount one.',
    ...shared.map((needs, index) => `${noteOf(index)} needs ${harmlessLine(needs)}`),
  ].join('\n')
}

type Said<Name> = ReadonlyMap<Name, TableSays>

function saidOf({ kernel, features: answers, filesystems }: ProbeReport): {
  readonly features: Said<FeatureName>
  readonly filesystems: Said<string>
} {
  const names = Object.keys(features) as FeatureName[]
  const ofFeatures = names.map(name => [name, againstTable(answers[name], featureEntry(name), kernel)] as const)
  const ofFilesystems = filesystems.map(
    ({ type, idmappedMount }) => [type, againstTable(idmappedMount, filesystemEntry(type), kernel)] as const,
  )
  return { features: present(ofFeatures), filesystems: present(ofFilesystems) }
}

function sharedNeeds(answers: readonly Answer[]): readonly string[] {
  const needs = answers.flatMap(answer => (answer.state === 'unknown' ? [answer.needs] : []))
  return [...new Set(needs.filter((need, index) => needs.indexOf(need) !== index))]
}

function noteOf(index: number): string {
  return `(${index + 1})`
}

function present<Name>(entries: readonly (readonly [Name, TableSays | undefined])[]): Said<Name> {
  return new Map(entries.flatMap(([name, said]) => (said === undefined ? [] : [[name, said] as const])))
}

function mark({ state }: Answer): string {
  return { yes: 'yes', no: 'no', unknown: '?' }[state]
}

function words(answer: Answer, shared: readonly string[], said: TableSays | undefined): string {
  const disagreement = {
    earlier: 'earlier than the table says: a backport',
    missing: 'missing: the table has it',
    agrees: '',
  }
  return [inWords(answer, shared), disagreement[said?.standing ?? 'agrees']].filter(text => text !== '').join('; ')
}

function inWords(answer: Answer, shared: readonly string[]): string {
  if (answer.state === 'yes') return harmlessLine(answer.detail ?? '')
  if (answer.state === 'no')
    return harmlessLine(answer.errno === undefined ? answer.why : `${answer.errno}: ${answer.why}`)
  const index = shared.indexOf(answer.needs)
  return index < 0 ? harmlessLine(`needs ${answer.needs}`) : noteOf(index)
}

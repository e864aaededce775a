import { failures, type ScenarioResult } from '../../scenarios/kit/result.ts'
import { harmlessLine } from '../../vm/harmless.ts'
import type { Reporter, Verdict } from '../events.ts'
import { isFailure, lastAttempt } from '../verdict.ts'
import { documentReporter } from './document.ts'
import { caseInWords, gridOf, outcomeInWords } from './grid.ts'
import { markdownTable, plain } from './markdown.ts'
import type { DocumentOutput } from './output.ts'
import type { RunSoFar } from './run-so-far.ts'

/** GitHub takes up to 1 MiB from a step; so many failures are told, the others counted. */
const MOST_FAILURES = 30
const MOST_LINES = 20

/** The page that GitHub shows of a job: what the run came to, the grid, and what went wrong. `before` is what earlier steps wrote there. */
export function summaryReporter(output: DocumentOutput, before = ''): Reporter {
  return documentReporter(output, run => `${before}${summaryPage(run)}`)
}

function summaryPage(run: RunSoFar): string {
  const failing = run.verdicts.filter(isFailure)
  const more = failing.length - MOST_FAILURES
  return [
    `## idmaplab: ${headline(run)}`,
    ...(run.incomplete === undefined ? [] : [`**Incomplete:** ${run.incomplete}.`]),
    table(run),
    ...kernelNotes(run),
    ...failing.slice(0, MOST_FAILURES).map(failureSection),
    ...(more > 0 ? [`… and ${more} more that failed.`] : []),
    ...remarkable(run, 'fixed', 'Better than the baseline expects'),
    ...remarkable(run, 'unknown', 'Not in the baseline'),
    '',
  ].join('\n\n')
}

/** What the verdicts are, in numbers. */
function headline(run: RunSoFar): string {
  const counts = (['FAIL', 'ERROR', 'FLAKY', 'PASS', 'SKIP'] as const)
    .map(outcome => [run.verdicts.filter(verdict => verdict.outcome === outcome).length, outcome] as const)
    .filter(([count]) => count > 0)
    .map(([count, outcome]) => `${count} ${outcome}`)
  const untold = run.untold.length === 0 ? [] : [`${run.untold.length} not told`]
  return [...counts, ...untold].join(', ') || 'nothing'
}

function table(run: RunSoFar): string {
  const { kernels, rows } = gridOf(run)
  return markdownTable(
    ['', ...kernels.map(plain)],
    rows.map(({ name, cells }) => [
      plain(name),
      ...cells.map(({ text, failing }) => (failing ? `**${plain(text)}**` : plain(text))),
    ]),
  )
}

function kernelNotes({ kernels }: RunSoFar): string[] {
  const lines = kernels.flatMap(({ name, version, note, unavailable }) => {
    const said = unavailable === undefined ? (note ?? version) : `${unavailable.code}: ${unavailable.reason}`
    return said === undefined ? [] : [`- ${plain(name)}: ${plain(said)}`]
  })
  return lines.length === 0 ? [] : [lines.join('\n')]
}

function failureSection(verdict: Verdict): string {
  const last = lastAttempt(verdict)
  const about = `### ${plain(outcomeInWords(verdict))}: ${plain(caseInWords(verdict.case))}`
  return last === undefined ? about : `${about}\n\n${plain(last.title)}\n\n${fenced(linesOf(verdict, last))}`
}

function linesOf({ attempts }: Verdict, last: ScenarioResult): string[] {
  const failed = attempts.findLast(({ outcome }) => outcome !== 'PASS') ?? last
  const found = [
    ...(failed.reason === undefined ? [] : [failed.reason]),
    ...failures(failed),
    ...(failed.crash?.trace ?? []),
  ]
  const more = found.length - MOST_LINES
  return [...found.slice(0, MOST_LINES), ...(more > 0 ? [`… ${more} lines more`] : []), `repeat: ${failed.repeat}`]
}

function remarkable(run: RunSoFar, standing: Verdict['standing'], heading: string): string[] {
  const some = run.verdicts.filter(verdict => verdict.standing === standing && !isFailure(verdict))
  if (some.length === 0) return []
  return [
    `### ${heading}\n\n${some.map(({ case: id, outcome }) => `- ${plain(caseInWords(id))}: ${outcome}`).join('\n')}`,
  ]
}

/** A block of code that no line in it can end. */
function fenced(lines: readonly string[]): string {
  const text = lines.map(line => harmlessLine(line).slice(0, 500)).join('\n')
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

import { chalk } from 'zx/core'
import { needLine } from './need-finding.ts'
import { chaptersOf, failures, type Outcome, type Row, type ScenarioResult } from './result.ts'

const heading = ['path', 'disk', 'host', 'container'] as const

/** A result as a person reads it: chapter by chapter a table of owners, then what else was checked. */
export function renderResult(result: ScenarioResult): string {
  return [
    `${outcomeMark(result.outcome)} ${chalk.bold(result.scenario)}  ${result.title}`,
    ...(result.reason === undefined ? [] : [`  ${cause(result)}${furtherIn(result.reason)}`]),
    ...(result.outcome === 'PASS' ? [] : (result.crash?.trace ?? [])).map(line => `    ${line}`),
    ...result.details.map(line => `  ${line}`),
    ...chaptersOf(result).flatMap(chapter => renderChapter(result, chapter)),
    '',
    ...failures(result).map(line => chalk.red(`  ${furtherIn(line)}`)),
    ...(result.needs ?? []).map(finding => chalk.dim(`  ${needLine(finding)}`)),
    `  ${summary(result)}`,
    ...(result.outcome === 'PASS' ? [] : [`  repeat: ${result.repeat}`]),
    ...(result.artifacts === undefined ? [] : [`  artifacts: ${result.artifacts}`]),
    ...(result.enter === undefined ? [] : [`  the guest is still running; get in with: ${result.enter}`]),
  ].join('\n')
}

/** The class of what went wrong, in front of the sentence for it. */
function cause({ code, crash, outcome }: ScenarioResult): string {
  if (crash !== undefined && outcome !== 'PASS' && code === 'KERNEL_TROUBLE') return `kernel ${crash.kind}: `
  return code === undefined || code === 'FEATURE_MISSING' ? '' : `${code}: `
}

// What a command wrote has lines of its own, none of which may pass for one of ours.
function furtherIn(text: string): string {
  return text.replaceAll('\n', '\n      ')
}

function renderChapter(result: ScenarioResult, chapter: string): string[] {
  const rows = result.rows.filter(row => row.chapter === chapter)
  const checks = result.checks.filter(check => check.chapter === chapter)
  return [
    '',
    ...(chapter === '' ? [] : [`  ${chapter}`]),
    ...renderRows(rows),
    ...checks.map(
      ({ outcome, claim, expected, symptom }) =>
        `    ${outcomeMark(outcome)} ${claim}${expected === 'success' && symptom === undefined ? '' : `: ${oneLine(expected)}`}`,
    ),
  ]
}

function renderRows(rows: readonly Row[]): string[] {
  if (rows.length === 0) return []
  const body = rows.map(row => [row.path, row.disk.found, row.host.found, row.container.found])
  const widths = heading.map((title, i) => Math.max(title.length, ...body.map(cells => cells[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [
    `         ${chalk.dim(line(heading))}`,
    ...rows.map((row, i) => `    ${outcomeMark(row.outcome)} ${line(body[i] ?? [])}`.trimEnd()),
  ]
}

function summary({ rows, checks, kernel, accelerator, seconds }: ScenarioResult): string {
  const machine = accelerator === undefined ? `Linux ${kernel}` : `Linux ${kernel}, ${accelerator}`
  return chalk.dim(
    `${rows.length} paths seen three ways, ${checks.length} other claims · ${machine} · ${seconds.toFixed(1)} s`,
  )
}

function oneLine(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

/** The outcome, in its colour where there are colours. */
export function outcomeMark(outcome: Outcome | 'FLAKY'): string {
  const paint = { PASS: chalk.green, FAIL: chalk.red, SKIP: chalk.yellow, ERROR: chalk.magenta, FLAKY: chalk.red }[
    outcome
  ]
  return paint(outcome)
}

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter } from '../events.ts'
import type { TerminalProgress } from '../terminal-progress.ts'
import { UsageError } from '../usage-error.ts'
import { githubReporter } from './github.ts'
import { summaryReporter } from './github-summary.ts'
import { jsonReporter } from './json.ts'
import { jsonlReporter } from './jsonl.ts'
import { junitReporter } from './junit.ts'
import { kernelsPageReporter } from './kernels-page.ts'
import { ktapReporter } from './ktap.ts'
import { type DocumentOutput, documentAtEnd, fileDocument, fileLines, type LineOutput, streamLines } from './output.ts'
import { terminalReporter } from './terminal.ts'

/** A format that grows by lines, or one document that is written again and again. */
type Format =
  | { readonly lines: (output: LineOutput) => Reporter }
  | { readonly document: (output: DocumentOutput) => Reporter }

const FORMATS = {
  terminal: { lines: terminalReporter },
  ktap: { lines: ktapReporter },
  junit: { document: junitReporter },
  github: { lines: githubReporter },
  json: { document: jsonReporter },
  jsonl: { lines: jsonlReporter },
  'kernels-page': { document: kernelsPageReporter },
} as const satisfies Record<string, Format>

export type ReporterName = keyof typeof FORMATS

/** A reporter as `--reporter NAME[=FILE]` asks for it; without a file it is for stdout. */
export type AskedReporter = { readonly name: ReporterName; readonly file?: string }

export const REPORTERS = Object.keys(FORMATS) as readonly ReporterName[]

/** Reads what `--reporter` was given, each time `NAME[=FILE]`. Throws a `UsageError`, also for two that would write to one place. */
export function parseReporters(texts: readonly string[]): AskedReporter[] {
  const asked = texts.map(parseReporter).filter(isNoDefault)
  for (const [i, one] of asked.entries()) {
    const other = asked.slice(0, i).find(({ file }) => file === one.file)
    if (other !== undefined) throw inOnePlace(other, one)
  }
  return asked
}

function parseReporter(text: string): AskedReporter {
  const [name = '', ...rest] = text.split('=')
  const known = REPORTERS.find(each => each === name)
  if (known === undefined)
    throw new UsageError(`There is no reporter ${JSON.stringify(name)}; there are: ${REPORTERS.join(', ')}.`)
  if (rest.length === 0) return { name: known }
  const file = rest.join('=')
  if (file === '') throw new UsageError(`--reporter ${text} names no file: write ${name}=FILE, or ${name} for stdout.`)
  return { name: known, file: path.resolve(file) }
}

/** The terminal's report is there without being asked for, wherever there is room for it. */
function isNoDefault({ name, file }: AskedReporter): boolean {
  return name !== 'terminal' || file !== undefined
}

function inOnePlace(one: AskedReporter, other: AskedReporter): UsageError {
  const place = one.file ?? 'stdout'
  return new UsageError(
    `The reporters ${one.name} and ${other.name} would both write to ${place}: give each a file of its own, as in --reporter ${other.name}=FILE.`,
  )
}

type Surroundings = {
  readonly progress: TerminalProgress
  /** GitHub says in `GITHUB_STEP_SUMMARY` where a step's page is written. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Opens every report that is asked for, and the terminal's: on stdout, or on stderr when another one has stdout, or in a file if it is
 * asked for there. Rejects with a `ReportUnwritable` for a file that can't be written.
 */
export async function openReporters(
  asked: readonly AskedReporter[],
  { progress, environment }: Surroundings,
): Promise<Reporter[]> {
  const reporters: Reporter[] = []
  for (const { name, file } of asked) {
    const stdout = () => streamLines(`${name} on stdout`, process.stdout, text => progress.write(process.stdout, text))
    reporters.push(await open(name, file, stdout))
  }
  const summary = environment.GITHUB_STEP_SUMMARY
  const page = asked.some(({ name }) => name === 'github') && summary ? [await openSummary(summary)] : []
  if (asked.some(({ name }) => name === 'terminal')) return [...reporters, ...page]
  const stream = asked.some(({ file }) => file === undefined) ? process.stderr : process.stdout
  return [...reporters, ...page, terminalReporter(onTerminal(stream, progress, reporters.length + page.length > 0))]
}

async function open(name: ReporterName, file: string | undefined, stdout: () => LineOutput): Promise<Reporter> {
  const format: Format = FORMATS[name]
  const label = `${name}=${file}`
  if ('document' in format)
    return format.document(file === undefined ? documentAtEnd(stdout()) : await fileDocument(label, file))
  const lines = file === undefined ? stdout() : await fileLines(label, file)
  return format.lines(name === 'terminal' ? plain(lines) : lines)
}

// Alone on stdout there is nobody else whose report would be lost with the process: it ends when its reader goes.
function onTerminal(stream: NodeJS.WriteStream, progress: TerminalProgress, inCompany: boolean): LineOutput {
  const put = (text: string) => progress.write(stream, text)
  const output = inCompany ? streamLines('terminal', stream, put) : { write: put, close: async () => {} }
  return stream.isTTY ? output : plain(output)
}

async function openSummary(file: string): Promise<Reporter> {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return summaryReporter(await fileDocument(`GITHUB_STEP_SUMMARY=${file}`, file), before)
}

function plain(output: LineOutput): LineOutput {
  return { write: text => output.write(stripVTControlCharacters(text)), close: () => output.close() }
}

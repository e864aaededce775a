/** A test of KTAP text: what its line says, and the tests in it. */
export type KtapResult = {
  readonly ok: boolean
  readonly number: number
  readonly description: string
  readonly directive?: string
  readonly data?: string
  readonly subtests: readonly KtapResult[]
}

/** What a text says, and every rule of the kernel's KTAP document (Documentation/dev-tools/ktap.rst) it breaks. */
export type KtapReading = {
  readonly tests: readonly KtapResult[]
  readonly planned: number | undefined
  readonly broken: readonly string[]
  /** Levels with fewer results than their plan promises. */
  readonly short: readonly string[]
}

const RESULT = /^(?<not>not )?ok (?<number>\d+)(?: (?<description>[^#]*?))?(?: # ?(?<behind>.*))?$/
const DIRECTIVE = /^(?<directive>SKIP|TODO|XFAIL|TIMEOUT|ERROR)(?: (?<data>.*))?$/

/** Reads KTAP by the kernel's document, line by line. */
export function readKtap(text: string): KtapReading {
  const broken: string[] = []
  const short: string[] = []
  if (text !== '' && !text.endsWith('\n')) broken.push('the last line has no end')
  const lines = text.split('\n').slice(0, -1)
  const { tests, planned } = readLevel(lines, 0, 'the top', { broken, short })
  return { tests, planned, broken, short }
}

type Findings = { readonly broken: string[]; readonly short: string[] }

function readLevel(
  lines: readonly string[],
  depth: number,
  where: string,
  findings: Findings,
): { tests: KtapResult[]; planned: number | undefined } {
  const { broken, short } = findings
  const own = '  '.repeat(depth)
  const tests: KtapResult[] = []
  const inner: string[] = []
  let planned: number | undefined
  if (lines[0] !== `${own}KTAP version 1`) broken.push(`${where} does not begin with its version line`)
  for (const [i, line] of lines.slice(1).entries()) {
    const words = line.slice(own.length)
    const plan = /^1\.\.(\d+)$/.exec(words)
    if (line.startsWith(`${own}  `)) inner.push(line)
    else if (!line.startsWith(own)) broken.push(`${where}: a line outside of its test: ${line}`)
    else if (plan) {
      if (i !== 0) broken.push(`${where}: the plan does not follow the version line`)
      planned = Number(plan[1])
    } else if (words.startsWith('#')) {
      if (!/^#( .*)?$/.test(words)) broken.push(`${where}: no diagnostic line: ${line}`)
    } else {
      const test = readResult(words, inner.splice(0), depth, where, findings)
      if (test !== undefined) tests.push(test)
      if (test?.number !== tests.length) broken.push(`${where}: number ${test?.number} where ${tests.length} is next`)
    }
  }
  // A level that was cut off before its result.
  if (inner.length > 0) readLevel(inner, depth + 1, `${where}, cut off`, findings)
  if (planned === undefined) broken.push(`${where} has no plan`)
  else if (tests.length > planned) broken.push(`${where} has more tests than planned`)
  else if (tests.length < planned) short.push(where)
  return { tests, planned }
}

function readResult(
  words: string,
  inner: readonly string[],
  depth: number,
  where: string,
  findings: Findings,
): KtapResult | undefined {
  const { broken } = findings
  const match = RESULT.exec(words)?.groups
  if (match === undefined) {
    broken.push(`${where}: not one of the four kinds of line: ${words}`)
    return undefined
  }
  const { number, description = '', behind = '' } = match
  const { directive, data } = DIRECTIVE.exec(behind)?.groups ?? { data: behind }
  const ok = match.not === undefined
  const level = inner.length === 0 ? undefined : readLevel(inner, depth + 1, description, findings)
  const subtests = level?.tests ?? []
  if (ok && subtests.some(test => !test.ok)) broken.push(`${description}: ok although a test in it is not`)
  if (ok && (directive === 'ERROR' || directive === 'TIMEOUT')) broken.push(`${description}: ${directive}, but ok`)
  if (/[^\x20-\x7e\u00a0-\uffff]/.test(words)) broken.push(`${description}: a control character`)
  return {
    ok,
    number: Number(number),
    description,
    ...(directive === undefined ? {} : { directive }),
    ...(data === undefined || data === '' ? {} : { data }),
    subtests,
  }
}

/** The tests of one level with their level's indentation taken off, as TAP parsers, which know no KTAP subtests, read them. */
export function levelsOf(text: string): string[] {
  const levels: string[][] = []
  const open: string[][] = []
  for (const line of text.split('\n').slice(0, -1)) {
    const depth = (/^ */.exec(line)?.[0].length ?? 0) / 2
    if (line.trim() === 'KTAP version 1') {
      open.length = depth
      const level: string[] = []
      open.push(level)
      levels.push(level)
    }
    open.length = depth + 1
    open[depth]?.push(line.trim())
  }
  return levels.map(level => ['TAP version 13', ...level.slice(1), ''].join('\n'))
}

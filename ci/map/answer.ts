import type { Extent } from '../../lib/idmap/extent.ts'
import { mapPair } from '../../lib/idmap/pair.ts'
import { IdMapError, type IdMapProblem } from '../../lib/idmap/problem.ts'
import { DIRECTIONS, type MapOf, type Role } from '../../lib/syntax/dialect.ts'
import { IdMapInexpressibleError } from '../../lib/syntax/error.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'

/** One answer of an `idmaplab map` command, as lines for people or as one JSON document. */
export interface Answer {
  readonly exitCode: number
  /** For the standard output. */
  readonly lines: readonly string[]
  /** What a reader should know, but no program that takes the lines: for the standard error. */
  readonly remarks?: readonly string[]
  readonly json: unknown
}

/** Shows an answer; gives its exit code. */
export function show(answer: Answer, options: { readonly json?: boolean }): number {
  const lines = options.json ? [JSON.stringify(answer.json)] : answer.lines
  if (!options.json) for (const remark of answer.remarks ?? []) process.stderr.write(`${remark}\n`)
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
  return answer.exitCode
}

/** An answer, or the refusal that says everything wrong with the numbers or the words: exit code 1. Other errors go on. */
export async function answerOrRefusal(find: () => Promise<Answer>): Promise<Answer> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof IdMapError) return refusal(error.problems)
    if (error instanceof IdMapInexpressibleError) return refusal([error])
    throw error
  }
}

/** The answer to numbers that are no map, or a map the kernel would not take. */
export function refusal(problems: readonly (IdMapProblem | IdMapInexpressibleError)[]): Answer {
  return {
    exitCode: ExitCode.fail,
    lines: [],
    remarks: problems.map(({ message }) => `refused: ${message}`),
    json: { refused: problems.map(problem => ({ ...problem, message: problem.message })) },
  }
}

/** `{"from":"disk","to":"host","uid":[[from,to,count],…],"gid":[…]}`, extents sorted by `from` and merged. */
export function mapJson<R extends Role>(role: R, map: MapOf<R>) {
  const { from, to } = DIRECTIONS[role]
  const triples = (extents: readonly Extent[]) => extents.map(({ from, to, count }) => [from, to, count])
  return { from, to, ...mapPair(map, ({ extents }) => triples(extents)) }
}

/** A map as a table with its spaces for a heading: what a person checks a direction with. */
export function mapLines<R extends Role>(role: R, map: MapOf<R>): string[] {
  const { from, to } = DIRECTIONS[role]
  const heading = ['', from, to, 'count']
  const rows = (['uid', 'gid'] as const).flatMap(half =>
    map[half].extents.map(extent => [half, `${extent.from}`, `${extent.to}`, `${extent.count}`]),
  )
  const widths = heading.map((_, column) => Math.max(...[heading, ...rows].map(row => (row[column] ?? '').length)))
  return [heading, ...rows].map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}

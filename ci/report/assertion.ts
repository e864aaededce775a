import { chaptersOf, NOT_READ, type Row, type ScenarioResult, type Trial } from '../../scenarios/kit/result.ts'

/** One thing that must be so, and what was found: a path seen three ways, or another claim. */
export type Assertion = {
  readonly chapter: string
  /** The path, or the claim as a sentence. */
  readonly claim: string
  /** Of a path `disk 0:0, host 100000:100000, container 0:0`. */
  readonly wanted: string
  readonly got: string
  readonly outcome: 'PASS' | 'FAIL'
  readonly trial?: Trial
}

const columns = ['disk', 'host', 'container'] as const

/** Everything a story claimed, chapter by chapter, in each the paths first. */
export function assertionsOf(result: Pick<ScenarioResult, 'chapters' | 'rows' | 'checks'>): Assertion[] {
  const { rows, checks } = result
  const all = [
    ...rows.map(asAssertion),
    ...checks.map(({ expected, found, ...check }) => ({ ...check, wanted: expected, got: found })),
  ]
  return chaptersOf(result).flatMap(chapter => all.filter(assertion => assertion.chapter === chapter))
}

function asAssertion(row: Row): Assertion {
  const cells = (side: 'expected' | 'found') => columns.map(column => `${column} ${row[column][side]}`).join(', ')
  // Nobody could look at the disk of a guest that was kept: what was not read is no difference.
  const wanted =
    row.disk.found === NOT_READ ? cells('expected').replace(row.disk.expected, NOT_READ) : cells('expected')
  const { chapter, path, outcome, trial } = row
  return { chapter, claim: path, wanted, got: cells('found'), outcome, ...(trial === undefined ? {} : { trial }) }
}

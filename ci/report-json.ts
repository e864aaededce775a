import type { Row, ScenarioResult } from '../scenarios/kit/result.ts'
import { failures } from '../scenarios/kit/result.ts'
import type { Rounds } from './tally.ts'

/** Raised when a reader of an older document could misread a newer one. */
const FORMAT = 1

/** What a run as a whole came to, beside its results. */
export type RunSummary = {
  /** With `--repeat`: of each scenario how many rounds there were and how many said what the first said. */
  readonly rounds?: readonly Rounds[]
  /** With an interrupted run: how many cases were not begun. */
  readonly notRun?: number
}

/** One document for the whole run. A row's `disk`, `host` and `container` are what was found, as `uid:gid`. */
export function jsonReport(results: readonly ScenarioResult[], summary: RunSummary = {}): string {
  return JSON.stringify(
    {
      format: FORMAT,
      ...summary,
      results: results.map(result => ({ ...result, rows: result.rows.map(flat), failures: failures(result) })),
    },
    null,
    2,
  )
}

function flat({ chapter, path, disk, host, container, outcome }: Row) {
  return {
    chapter,
    path,
    disk: disk.found,
    host: host.found,
    container: container.found,
    outcome,
    expected: { disk: disk.expected, host: host.expected, container: container.expected },
  }
}

import type { Row, ScenarioResult } from '../scenarios/kit/result.ts'
import { failures } from '../scenarios/kit/result.ts'

/** Raised when a reader of an older document could misread a newer one. */
const FORMAT = 1

/** One document for the whole run. A row's `disk`, `host` and `container` are what was found, as `uid:gid`. */
export function jsonReport(results: readonly ScenarioResult[]): string {
  return JSON.stringify(
    {
      format: FORMAT,
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

import { failures, type Row, type ScenarioResult } from '../../scenarios/kit/result.ts'
import type { Reporter } from '../events.ts'
import { type Rounds, Tally } from '../tally.ts'

/** Raised when a reader of an older document could misread a newer one. */
const FORMAT = 1

/** What a run as a whole came to, beside its results. */
export type RunSummary = {
  /** With `--repeat`: of each case how many rounds there were and how many said what the first said. */
  readonly rounds?: readonly Rounds[]
  /** Of a run that was cut short: how many cases were not begun. */
  readonly notRun?: number
}

/** Writes one document when the run is over. */
export function jsonReporter(write: (text: string) => void): Reporter {
  const tally = new Tally()
  let several = false
  let notRun: number | undefined
  return {
    hear(event) {
      if (event.type === 'run.started') several = event.rounds > 1
      if (event.type === 'case.ended') tally.add(event.verdict)
      if (event.type === 'run.ended' && event.cut !== undefined) notRun = event.notRun.length
    },
    async close() {
      const summary = { ...(several ? { rounds: tally.rounds } : {}), ...(notRun === undefined ? {} : { notRun }) }
      write(
        jsonReport(
          tally.kept.flatMap(({ attempts }) => attempts),
          summary,
        ),
      )
    },
  }
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

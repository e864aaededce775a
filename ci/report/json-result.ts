import { failures, type Row, type ScenarioResult, type Trial } from '../../scenarios/kit/result.ts'
import type { CaseId } from '../events.ts'

/** Which attempt at which case a result is. */
export type ResultPlace = { readonly case: CaseId; readonly round: number; readonly attempt: number }

/**
 * A result as the JSON report has it: a row's `disk`, `host` and `container` are what was found, as `uid:gid`; with every row and check
 * stands who did what, through which maps (`[from, to, count]`), and how many seconds after the story began.
 */
export function jsonResult(result: ScenarioResult, { case: { kernel, fs }, round, attempt }: ResultPlace) {
  return {
    ...result,
    fs,
    /** As it was asked for; `kernel` is its whole version. */
    asked: kernel,
    round,
    attempt,
    rows: result.rows.map(jsonRow),
    checks: result.checks.map(({ trial, ...check }) => ({ ...check, ...spread(trial) })),
    failures: failures(result),
  }
}

function jsonRow({ chapter, path, disk, host, container, outcome, trial }: Row) {
  return {
    chapter,
    path,
    disk: disk.found,
    host: host.found,
    container: container.found,
    outcome,
    expected: { disk: disk.expected, host: host.expected, container: container.expected },
    ...spread(trial),
  }
}

function spread(trial: Trial | undefined): Partial<Trial> {
  return trial ?? {}
}

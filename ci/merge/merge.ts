import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import { type BaselineOptions, judgementOf } from '../baseline/from-options.ts'
import { exitCodeOf } from '../baseline/standing.ts'
import { Audience } from '../engine/audience.ts'
import type { HeldTo, RunEvent, Verdict } from '../events.ts'
import { type Heading, headingOf } from '../heading.ts'
import { openReporters, parseReporters } from '../report/reporters.ts'
import { terminalProgress } from '../terminal-progress.ts'
import { isBrokenOff } from '../verdict.ts'
import { MergeError } from './error.ts'
import { type Joined, join } from './join.ts'
import { type Report, readReport } from './read-report.ts'

export type MergeOptions = BaselineOptions & { readonly json?: boolean; readonly reporter?: readonly string[] }

/**
 * `idmaplab merge REPORT.json…`: makes one run of the JSON reports of its shards and reports it as a run does; gives its exit code. Of
 * what is missing every report says so, and nothing that is there is counted twice.
 */
export async function merge(files: readonly string[], options: MergeOptions): Promise<number> {
  const asked = parseReporters([...(options.json ? ['json'] : []), ...(options.reporter ?? [])])
  const reports = await Promise.all(files.map(readReport))
  const joined = join(reports)
  const progress = terminalProgress()
  const { gate, listeners, heldTo = judgeOfParts(reports) } = await judgementOf(options, joined.cases, progress.note)
  const audience = new Audience([...(await openReporters(asked, { progress, environment: process.env })), ...listeners])
  // Without a baseline of its own it has the standings that the shards gave.
  const verdicts =
    options.baseline === undefined ? joined.verdicts : joined.verdicts.map(verdict => gate.judge(verdict))
  const verdict = options.baseline === undefined ? exitCodeOf(verdicts, heldTo?.mode) : gate.exitCode()
  const exitCode = verdict === ExitCode.pass && isBrokenOff(joined.cut) ? ExitCode.error : verdict
  for (const remark of joined.remarks) progress.note(remark)
  for (const event of eventsOf({ ...joined, verdicts }, await headingOf(heldTo), exitCode)) audience.hear(event)
  const unwritten = await audience.close()
  for (const error of unwritten) progress.note(error instanceof Error ? error.message : String(error))
  return exitCode === ExitCode.pass && unwritten.length > 0 ? ExitCode.error : exitCode
}

/** What the parts were held to, as one run would have been. MergeError where they disagree. */
function judgeOfParts([first, ...others]: readonly Report[]): HeldTo | undefined {
  const other = others.find(({ heldTo }) => !isSameJudge(first?.heldTo, heldTo))
  if (other !== undefined)
    throw new MergeError(
      `${first?.name} was held to ${inWords(first?.heldTo)}, and ${other.name} to ${inWords(other.heldTo)}: say with --baseline, and --strict, what the whole is held to.`,
    )
  return first?.heldTo
}

// What is written down anew decides nothing.
function isSameJudge(a: HeldTo | undefined, b: HeldTo | undefined): boolean {
  return a?.mode === b?.mode && (a?.mode === 'update' || a?.id === b?.id)
}

function inWords(heldTo: HeldTo | undefined): string {
  if (heldTo === undefined) return 'no baseline'
  const { file, id, mode } = heldTo
  return `the baseline ${file} (${id.slice(0, 8)})${mode === 'usual' ? '' : ` with --${mode === 'strict' ? 'strict' : 'update-baseline'}`}`
}

/** What reporters would have heard of the run, had it been one. */
function* eventsOf(joined: Joined, heading: Heading, exitCode: number): Generator<RunEvent> {
  const { started, ended: at, kernels, cases, verdicts, notTold, cut } = joined
  const names = kernels.map(({ name }) => name)
  yield { type: 'run.started', at: started, ...heading, kernels: names, cases, rounds: 1 }
  for (const { name: kernel, version, unavailable, ...about } of kernels) {
    if (version !== undefined) yield { type: 'kernel.ready', at, kernel, version, ...about }
    if (unavailable !== undefined) yield { type: 'kernel.unavailable', at, kernel, ...unavailable }
  }
  for (const verdict of verdicts) yield* eventsOfCase(verdict, at)
  yield { type: 'run.ended', at, ...(cut === undefined ? {} : { cut }), notRun: notTold, exitCode }
}

function* eventsOfCase(verdict: Verdict, at: string): Generator<RunEvent> {
  const { case: id, round, attempts } = verdict
  for (const [i, result] of attempts.entries()) {
    yield { type: 'case.started', at, case: id, round, attempt: i + 1 }
    yield { type: 'case.attempted', at, case: id, round, attempt: i + 1, result }
  }
  yield { type: 'case.ended', at, verdict }
}

import { failures } from '../../scenarios/kit/result.ts'
import type { Reporter, RunEvent, Verdict } from '../events.ts'
import { assertionsOf } from './assertion.ts'
import type { LineOutput } from './output.ts'

/**
 * JSON Lines, written as the run goes on: its events, and of every attempt each assertion, which says by itself all there is to know of
 * it: kernel, file system, maps, actor, operation, what was wanted and got, when, and the command that repeats it. A stream without
 * `run.ended` as its last line is not whole.
 */
export function jsonlReporter(output: LineOutput): Reporter {
  return {
    hear(event) {
      const lines = linesOf(event).map(line => `${JSON.stringify(line)}\n`)
      output.write(lines.join(''))
    },
    close: () => output.close(),
  }
}

function linesOf(event: RunEvent): readonly unknown[] {
  switch (event.type) {
    case 'case.attempted':
      return [...assertionLines(event), withoutAssertions(event)]
    case 'case.ended':
      return [{ ...event, verdict: outcomeOf(event.verdict) }]
    default:
      return [event]
  }
}

type Attempted = Extract<RunEvent, { type: 'case.attempted' }>

function assertionLines({ at, case: id, round, attempt, result }: Attempted): unknown[] {
  const { kernel, accelerator, repeat } = result
  return assertionsOf(result).map(({ trial, wanted, got, ...assertion }) => ({
    type: 'assertion',
    at,
    case: id,
    round,
    attempt,
    kernel,
    accelerator,
    fs: id.fs,
    ...assertion,
    maps: trial?.maps,
    actor: trial?.actor,
    operation: trial?.operation,
    wanted,
    got,
    /** Seconds from the story's beginning. */
    time: trial?.at,
    repeat,
  }))
}

function withoutAssertions({ result, ...event }: Attempted) {
  const { rows, checks, ...said } = result
  return { ...event, result: { ...said, failures: failures({ rows, checks }) } }
}

function outcomeOf({ attempts, ...verdict }: Verdict) {
  return { ...verdict, attempts: attempts.map(({ outcome }) => outcome) }
}

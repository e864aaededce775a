import { IdmaplabError } from '../../lib/error.ts'
import type { Outcome } from './result.ts'

/** What the command's end means to a script: 64 is EX_USAGE of sysexits(3). */
export const ExitCode = { pass: 0, fail: 1, error: 2, usage: 64 } as const

/** One failure fails a run; a run in which nothing was executed says nothing, which is an error, not a pass. */
export function exitCodeOf(outcomes: readonly Outcome[]): number {
  if (outcomes.includes('FAIL')) return ExitCode.fail
  if (outcomes.includes('ERROR') || !outcomes.includes('PASS')) return ExitCode.error
  return ExitCode.pass
}

export function exitCodeOfError(error: unknown): number {
  return error instanceof IdmaplabError && error.blame === 'user' ? ExitCode.usage : ExitCode.error
}

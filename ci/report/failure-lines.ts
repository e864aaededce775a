import { failures, type ScenarioResult } from '../../scenarios/kit/result.ts'

/** What a person needs to see what went wrong in a case, and to see it again: a line each. */
export function failureLines(result: ScenarioResult): string[] {
  return [
    ...failures(result),
    ...(result.crash?.trace ?? []),
    ...result.details,
    `repeat: ${result.repeat}`,
    ...(result.artifacts === undefined ? [] : [`artifacts: ${result.artifacts}`]),
  ]
}

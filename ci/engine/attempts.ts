import type { ScenarioResult } from '../../scenarios/kit/result.ts'
import type { PreparedCase } from '../../scenarios/kit/run.ts'
import type { CaseOutcome } from '../events.ts'

export type Attempts = {
  /** Whether it is told once more after so many attempts, of which this came last. */
  readonly again: (attempts: number, last: ScenarioResult) => boolean
  /** A fresh guest for an attempt after the first. */
  readonly prepare: (attempt: number) => Promise<PreparedCase>
  readonly began: (attempt: number) => void
  readonly ended: (attempt: number, result: ScenarioResult) => void
}

/** Tells a case as often as it takes; gives what came of each attempt. */
export async function attempt(
  first: PreparedCase,
  { again, prepare, began, ended }: Attempts,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = []
  let prepared = first
  for (;;) {
    const number = results.length + 1
    began(number)
    const result = await prepared.tell()
    results.push(result)
    ended(number, result)
    if (number > 1) await prepared[Symbol.asyncDispose]()
    if (!again(number, result)) return results
    prepared = await prepare(number + 1)
  }
}

/** What several attempts at a case say together; one that was interrupted says nothing if there are others. */
export function outcomeOf(attempts: readonly ScenarioResult[]): CaseOutcome {
  const [first, ...others] = (attempts.length === 1 ? attempts : attempts.filter(isWhole)).map(({ outcome }) => outcome)
  if (first === undefined) throw new TypeError('a case that was never told has no outcome')
  return others.every(outcome => outcome === first) ? first : 'FLAKY'
}

/** Whether it came to its own end. */
export function isWhole({ code }: ScenarioResult): boolean {
  return code !== 'INTERRUPTED'
}

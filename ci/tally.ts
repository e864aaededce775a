import type { ScenarioResult } from '../scenarios/kit/result.ts'
import type { CaseId, CaseOutcome, Verdict } from './events.ts'
import { keyOf } from './plan/case-id.ts'

/** What became of all rounds of one case: how many said just what the first said, and where the first that did not differs. */
export type Rounds = {
  readonly scenario: string
  readonly kernel: string
  readonly rounds: number
  readonly same: number
  readonly difference?: { readonly round: number; readonly first: string; readonly now: string }
}

/** More verdicts on one case than these are counted, not kept: however many rounds there are, memory does not grow. */
const MOST_KEPT = 10

type Told = { first: readonly string[]; rounds: Rounds; kept: Verdict[] }

/** Counts the verdicts of a run, and compares the rounds of each case with its first. */
export class Tally {
  readonly #outcomes = new Map<CaseOutcome, number>()
  readonly #cases = new Map<string, Told>()

  /** Gives whether the verdict says something that no earlier round of its case said: it is worth showing, and kept. */
  add(verdict: Verdict): boolean {
    this.#outcomes.set(verdict.outcome, this.count(verdict.outcome) + 1)
    const told = this.#cases.get(keyOf(verdict.case))
    const lines = [...verdict.attempts.flatMap(substance), verdict.outcome]
    if (told === undefined) {
      this.#cases.set(keyOf(verdict.case), { first: lines, rounds: begun(verdict.case), kept: [verdict] })
      return true
    }
    const difference = firstDifference(told.first, lines)
    told.rounds = compared(told.rounds, verdict.round, difference)
    if (difference === undefined || told.kept.length >= MOST_KEPT) return false
    told.kept.push(verdict)
    return true
  }

  count(outcome: CaseOutcome): number {
    return this.#outcomes.get(outcome) ?? 0
  }

  /** How many verdicts there were. */
  get total(): number {
    return [...this.#outcomes.values()].reduce((sum, count) => sum + count, 0)
  }

  get rounds(): Rounds[] {
    return [...this.#cases.values()].map(({ rounds }) => rounds)
  }

  /** The first verdict on each case and those that differ from it, in the order in which they came. */
  get kept(): Verdict[] {
    return [...this.#cases.values()].flatMap(({ kept }) => kept)
  }
}

function begun({ scenario, kernel }: CaseId): Rounds {
  return { scenario, kernel, rounds: 1, same: 1 }
}

function compared(so: Rounds, round: number, difference: ReturnType<typeof firstDifference>): Rounds {
  const rounds = { ...so, rounds: so.rounds + 1 }
  if (difference === undefined) return { ...rounds, same: so.same + 1 }
  return so.difference === undefined ? { ...rounds, difference: { round, ...difference } } : rounds
}

/** What a result says about the kernel, the most telling first, without what is never the same twice: times, paths, a trace's addresses. */
function substance({ outcome, code = '', reason, crash, rows, checks }: ScenarioResult): string[] {
  const ended = [`${outcome} ${code} ${crash?.kind ?? ''}`.trim(), ...(outcome === 'SKIP' ? [reason ?? ''] : [])]
  const claims = [
    ...rows.map(({ path, disk, host, container }) => `${path}: ${disk.found} ${host.found} ${container.found}`),
    ...checks.map(({ claim, found }) => `${claim}: ${found}`),
  ]
  return code === '' || code === 'EXPECTATION' ? [...claims, ...ended] : [...ended, ...claims]
}

function firstDifference(first: readonly string[], now: readonly string[]): { first: string; now: string } | undefined {
  const length = Math.max(first.length, now.length)
  const at = Array.from({ length }, (_, i) => i).find(i => first[i] !== now[i])
  return at === undefined ? undefined : { first: first[at] ?? 'nothing', now: now[at] ?? 'nothing' }
}

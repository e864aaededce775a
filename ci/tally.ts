import type { Outcome, ScenarioResult } from '../scenarios/kit/result.ts'

/** What became of all rounds of one scenario: how many said just what the first said, and where the first that did not differs. */
export type Rounds = {
  readonly scenario: string
  readonly rounds: number
  readonly same: number
  readonly difference?: { readonly round: number; readonly first: string; readonly now: string }
}

/** More results of one scenario than these are counted, not kept: however many rounds there are, memory does not grow. */
const MOST_KEPT = 10

/** Counts the results of a run, and compares the rounds of each scenario with its first. */
export class Tally {
  readonly #outcomes = new Map<Outcome, number>()
  readonly #scenarios = new Map<string, { first: readonly string[]; rounds: Rounds; kept: ScenarioResult[] }>()

  /** Gives whether the result says something that no earlier round of its scenario said: it is worth showing, and kept. */
  add(result: ScenarioResult, round: number): boolean {
    this.#outcomes.set(result.outcome, this.count(result.outcome) + 1)
    const told = this.#scenarios.get(result.scenario)
    const lines = substance(result)
    if (told === undefined) {
      const rounds = { scenario: result.scenario, rounds: 1, same: 1 }
      this.#scenarios.set(result.scenario, { first: lines, rounds, kept: [result] })
      return true
    }
    const difference = firstDifference(told.first, lines)
    told.rounds = {
      ...told.rounds,
      rounds: told.rounds.rounds + 1,
      same: told.rounds.same + (difference === undefined ? 1 : 0),
      ...(told.rounds.difference === undefined && difference !== undefined
        ? { difference: { round, ...difference } }
        : {}),
    }
    if (difference === undefined || told.kept.length >= MOST_KEPT) return false
    told.kept.push(result)
    return true
  }

  count(outcome: Outcome): number {
    return this.#outcomes.get(outcome) ?? 0
  }

  /** Every outcome that occurred. */
  get outcomes(): Outcome[] {
    return [...this.#outcomes.keys()]
  }

  get rounds(): Rounds[] {
    return [...this.#scenarios.values()].map(({ rounds }) => rounds)
  }

  /** The first result of each scenario and those that differ from it, in the order in which they came. */
  get kept(): ScenarioResult[] {
    return [...this.#scenarios.values()].flatMap(({ kept }) => kept)
  }
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

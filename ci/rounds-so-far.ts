import type { CaseOutcome, Reporter } from './events.ts'

/** Rounds between two lines. */
const EVERY = 10

/**
 * Without a terminal, where no spinner counts: a line for every tenth round of each kernel, so that the log of a run with many rounds
 * shows that it lives. Of a single round it says nothing.
 */
export function roundsSoFar(say: (line: string) => void): Reporter {
  const kernels = new Map<string, { readonly cases: number; told: number }>()
  const outcomes = new Map<CaseOutcome, number>()
  let rounds = 1
  return {
    hear(event) {
      if (event.type === 'run.started') {
        rounds = event.rounds
        for (const name of event.kernels)
          kernels.set(name, { cases: event.cases.filter(({ kernel }) => kernel === name).length, told: 0 })
      }
      if (event.type !== 'case.ended') return
      const { outcome, case: id } = event.verdict
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      const kernel = kernels.get(id.kernel)
      if (kernel === undefined) return
      kernel.told += 1
      // Side by side, cases of the next round come before the last of this one: as many are told as rounds have.
      const round = kernel.told / kernel.cases
      if (round % EVERY !== 0 || round === rounds) return
      const counts = [...outcomes].map(([each, count]) => `${count} ${each}`).join(', ')
      say(`${id.kernel}: ${round} of ${rounds} rounds; so far ${counts}`)
    },
    close: async () => {},
  }
}

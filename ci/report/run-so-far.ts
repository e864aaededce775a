import type { CaseId, Cut, RunEvent, Verdict } from '../events.ts'
import { keyOf } from '../plan/case-id.ts'
import { type Rounds, Tally } from '../tally.ts'
import { BROKEN_OFF, isBrokenOff } from '../verdict.ts'

type Started = Extract<RunEvent, { type: 'run.started' }>
type Ended = Extract<RunEvent, { type: 'run.ended' }>

/** A kernel as far as it is known: its whole version once it is ready, why it can't be used otherwise. */
export type KernelRecord = {
  readonly name: string
  readonly version?: string
  readonly package?: string
  readonly note?: string
  readonly unavailable?: { readonly code: string; readonly reason: string; readonly details: readonly string[] }
}

/** A case of which there is no verdict: `why` is said once the run has ended without it. */
export type Untold = { readonly case: CaseId; readonly why?: Cut }

/** What is known of a run so far, for reports that are one document. */
export class RunSoFar {
  readonly #tally = new Tally()
  readonly #kernels = new Map<string, KernelRecord>()
  readonly #told = new Map<string, number>()
  #started: Started | undefined
  #ended: Ended | undefined

  /** Takes the event in; gives whether there is anything new to be written. */
  hear(event: RunEvent): boolean {
    switch (event.type) {
      case 'run.started':
        this.#started = event
        for (const name of event.kernels) this.#kernels.set(name, { name })
        return true
      case 'kernel.ready': {
        const { type: _type, at: _at, kernel: name, ...known } = event
        this.#kernels.set(name, { name, ...known })
        return true
      }
      case 'kernel.unavailable': {
        const { kernel: name, code, reason, details } = event
        this.#kernels.set(name, { ...this.#kernels.get(name), name, unavailable: { code, reason, details } })
        return true
      }
      case 'case.ended':
        this.#tally.add(event.verdict)
        this.#told.set(keyOf(event.verdict.case), (this.#told.get(keyOf(event.verdict.case)) ?? 0) + 1)
        return true
      case 'run.ended':
        this.#ended = event
        return true
      default:
        return false
    }
  }

  get started(): Started | undefined {
    return this.#started
  }

  get ended(): Ended | undefined {
    return this.#ended
  }

  /** As a report says that it is not whole: the run goes on, was killed or interrupted, or a part of it is lost. `undefined` when it is whole. */
  get incomplete(): string | undefined {
    if (this.#ended === undefined) return 'the run has not ended, or was killed'
    const { cut } = this.#ended
    return isBrokenOff(cut) ? BROKEN_OFF[cut] : undefined
  }

  get kernels(): readonly KernelRecord[] {
    return [...this.#kernels.values()]
  }

  get rounds(): number {
    return this.#started?.rounds ?? 1
  }

  /** Of each case what its rounds came to. */
  get comparedRounds(): readonly Rounds[] {
    return this.#tally.rounds
  }

  /** Case after case; of several rounds those that said something new. */
  get verdicts(): readonly Verdict[] {
    return this.#tally.kept
  }

  /** A case once for each round. */
  get untold(): readonly Untold[] {
    const cut = this.#ended?.cut
    const why = cut === undefined ? {} : { why: cut }
    return (this.#started?.cases ?? []).flatMap(id => {
      const missing = Math.max(0, this.rounds - (this.#told.get(keyOf(id)) ?? 0))
      return Array.from({ length: missing }, () => ({ case: id, ...why }))
    })
  }
}

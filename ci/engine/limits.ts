import type { Cut } from '../events.ts'

/** When a run ends before all is told: after so many failures, or at the first. */
export class Limits {
  readonly #stop = new AbortController()
  readonly #interrupted: AbortSignal
  readonly #most: number
  readonly #reason: Cut
  #failures = 0
  /** Aborted when nothing more shall begin. */
  readonly signal: AbortSignal

  constructor(options: { readonly failFast?: boolean; readonly maxFailures?: number }, interrupted: AbortSignal) {
    this.#interrupted = interrupted
    this.#most = options.failFast ? 1 : (options.maxFailures ?? Number.POSITIVE_INFINITY)
    this.#reason = options.failFast ? 'fail-fast' : 'max-failures'
    this.signal = AbortSignal.any([interrupted, this.#stop.signal])
  }

  countFailure(): void {
    this.#failures += 1
    if (this.#failures >= this.#most) this.#stop.abort()
  }

  /** Why nothing more began. */
  get cut(): Cut | undefined {
    if (this.#interrupted.aborted) return 'interrupted'
    return this.#stop.signal.aborted ? this.#reason : undefined
  }
}

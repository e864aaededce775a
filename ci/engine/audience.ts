import type { Reporter, RunEvent } from '../events.ts'

/** Everybody who listens to a run. One who fails hears nothing more; the others, and the run, go on. */
export class Audience {
  readonly #listening: Set<Reporter>
  readonly #failed: unknown[] = []

  constructor(reporters: readonly Reporter[]) {
    this.#listening = new Set(reporters)
  }

  hear = (event: RunEvent): void => {
    for (const reporter of this.#listening) {
      try {
        reporter.hear(event)
      } catch (error) {
        this.#listening.delete(reporter)
        this.#failed.push(error)
      }
    }
  }

  /** Has every report written to its end; gives what went wrong with some, at any time. */
  async close(): Promise<readonly unknown[]> {
    const closed = await Promise.allSettled([...this.#listening].map(reporter => reporter.close()))
    return [...this.#failed, ...closed.flatMap(end => (end.status === 'rejected' ? [end.reason] : []))]
  }
}

import { Slots } from './slots.ts'

/** How the guests of a pool are made and used; the pool itself does not care what a guest is. */
export type Employment<Case, Prepared extends AsyncDisposable, Result> = {
  /** Makes a fresh guest for a case. It is disposed after its use, also when it comes to no use. */
  readonly prepare: (given: Case) => Promise<Prepared>
  readonly use: (prepared: Prepared, given: Case) => Promise<Result>
}

export type PoolOptions = {
  /** So many guests are in use side by side. */
  readonly size: number
  /** Once aborted no further case is begun; those in use are awaited: to end them is `use`'s affair. */
  readonly signal?: AbortSignal
}

/**
 * Guests side by side, each case in a fresh one. While cases run the next guests are prepared, half as many as may run (one
 * at least). A case is taken from its source only when there is room for its guest, and a result that nobody took yet
 * keeps its room: however many cases there are, memory does not grow.
 */
export class GuestPool {
  readonly #running: Slots
  readonly #most: number
  readonly #signal: AbortSignal | undefined

  constructor({ size, signal }: PoolOptions) {
    this.#running = new Slots(size)
    this.#most = mostAlive(size)
    this.#signal = signal
  }

  /** Yields the results as they come. Rejects with the first rejection of `prepare` or `use`, when every guest is gone. */
  async *run<Case, Prepared extends AsyncDisposable, Result>(
    cases: Iterable<Case>,
    employment: Employment<Case, Prepared, Result>,
  ): AsyncGenerator<Result> {
    const source = cases[Symbol.iterator]()
    const open = new Map<number, Promise<Finished<Result>>>()
    const end = new AbortController()
    const stop = this.#signal === undefined ? end.signal : AbortSignal.any([this.#signal, end.signal])
    let taken = 0
    try {
      for (;;) {
        while (!stop.aborted && open.size < this.#most) {
          const next = source.next()
          if (next.done) break
          taken += 1
          open.set(taken, this.#one(taken, next.value, employment, stop))
        }
        if (open.size === 0) return
        const { number, result } = await Promise.race(open.values())
        open.delete(number)
        if (result !== undefined) yield result.value
      }
    } finally {
      end.abort()
      await Promise.allSettled(open.values())
    }
  }

  #one<Case, Prepared extends AsyncDisposable, Result>(
    number: number,
    given: Case,
    { prepare, use }: Employment<Case, Prepared, Result>,
    stop: AbortSignal,
  ): Promise<Finished<Result>> {
    const work = async (): Promise<Finished<Result>> => {
      await using prepared = await prepare(given)
      const result = await this.#running.during(async () =>
        stop.aborted ? undefined : { value: await use(prepared, given) },
      )
      return { number, result }
    }
    const finished = work()
    // Whoever takes the results may be slow; a rejection waits for him.
    finished.catch(() => {})
    return finished
  }
}

/** A case that was begun, by its number; without a result when the pool was stopped before its guest was used. */
type Finished<Result> = { readonly number: number; readonly result: { readonly value: Result } | undefined }

/** How many guests there are at most, prepared and in use, when `size` run side by side. */
export function mostAlive(size: number): number {
  return size + Math.ceil(size / 2)
}

import fs from 'node:fs'
import { type Blame, IdmaplabError } from '../error.ts'

/**
 * A descriptor of this process with one owner, who closes it: by {@link close}, `using` or `await using`. One that is
 * forgotten is closed when it is garbage-collected, with a process warning of the code `IDMAPLAB_LEAK`.
 */
export class Descriptor implements Disposable, AsyncDisposable {
  /** What it is of, in words: `the user namespace 4026532999`. */
  readonly what: string
  #fd: number | undefined

  constructor(fd: number, what: string) {
    this.what = what
    this.#fd = fd
    forgotten.register(this, { fd, what }, this)
  }

  /** Its number. Throws a {@link ClosedError} when it is closed. */
  get fd(): number {
    if (this.#fd === undefined) throw new ClosedError(this.what)
    return this.#fd
  }

  get closed(): boolean {
    return this.#fd === undefined
  }

  /** A second time does nothing. */
  close(): void {
    if (this.#fd === undefined) return
    forgotten.unregister(this)
    fs.closeSync(this.#fd)
    this.#fd = undefined
  }

  /** Closes it; for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes it; for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

/** Somebody used what its owner had closed. */
export class ClosedError extends IdmaplabError {
  readonly code = 'DESCRIPTOR_CLOSED'
  readonly blame: Blame = 'user'
  constructor(what: string) {
    super(`${what} was closed and cannot be used any more`)
  }
}

const forgotten = new FinalizationRegistry<{ readonly fd: number; readonly what: string }>(({ fd, what }) => {
  process.emitWarning(`${what} was never closed; its descriptor ${fd} is closed now`, {
    type: 'ResourceWarning',
    code: 'IDMAPLAB_LEAK',
  })
  fs.closeSync(fd)
})

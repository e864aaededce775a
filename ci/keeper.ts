import { fileURLToPath } from 'node:url'
import { quoted } from '../scenarios/kit/quoted.ts'
import type { Cache } from '../vm/cache/cache.ts'
import type { Guest } from '../vm/guest/guest.ts'
import { serveSessions } from '../vm/guest/session-socket.ts'
import { noteKept } from './kept-guests.ts'

/** What a person types in another terminal, whose directory may be any. */
const COMMAND = fileURLToPath(new URL('idmaplab.mjs', import.meta.url))

/** Keeps the guest of the first case that failed, for as long as this process lives, and lets its user in. */
export class Keeper {
  readonly #cache: Pick<Cache, 'dir'>
  #kept: Guest | undefined
  #door: AsyncDisposable | undefined
  #holding = false
  #forget: (() => Promise<void>) | undefined

  constructor(cache: Pick<Cache, 'dir'>) {
    this.#cache = cache
  }

  /** Takes over the guest, and gives the command that leads into it; `undefined` when one is kept already. */
  adopt = async (guest: Guest, directory: string): Promise<string | undefined> => {
    if (this.#kept !== undefined) return undefined
    this.#kept = guest
    const door = await serveSessions(guest, directory)
    this.#door = door
    // On a full disk there is no note: the command below leads in all the same.
    this.#forget = await noteKept(this.#cache, door.socket).catch(() => undefined)
    return `node ${quoted(COMMAND)} shell --attach ${quoted(door.socket)}`
  }

  /** Whether there is nothing else that this process lives for. */
  get isHolding(): boolean {
    return this.#holding
  }

  /** With a guest kept: resolves when `signal` is aborted, and the guest is gone then. */
  async hold(signal: AbortSignal, note: (line: string) => void): Promise<void> {
    if (this.#kept === undefined) return
    this.#holding = true
    note(`a guest is kept running, see above how to get in; Ctrl-C, or kill ${process.pid}, ends it`)
    if (!signal.aborted)
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    await this.#forget?.()
    await this.#door?.[Symbol.asyncDispose]()
    await this.#kept[Symbol.asyncDispose]()
  }
}

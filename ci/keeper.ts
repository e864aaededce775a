import { quoted } from '../scenarios/kit/quoted.ts'
import type { Guest } from '../vm/guest/guest.ts'
import { serveSessions } from '../vm/guest/session-socket.ts'

/** Keeps the guest of the first case that failed, for as long as this process lives, and lets its user in. */
export class Keeper {
  #kept: Guest | undefined
  #door: AsyncDisposable | undefined

  /** Takes over the guest, and gives the command that leads into it; `undefined` when one is kept already. */
  adopt = async (guest: Guest, directory: string): Promise<string | undefined> => {
    if (this.#kept !== undefined) return undefined
    this.#kept = guest
    const door = await serveSessions(guest, directory)
    this.#door = door
    return `npx idmaplab shell --attach ${quoted(door.socket)}`
  }

  /** With a guest kept: resolves when `signal` is aborted, and the guest is gone then. */
  async hold(signal: AbortSignal, note: (line: string) => void): Promise<void> {
    if (this.#kept === undefined) return
    note('a guest is kept running, see above how to get in; Ctrl-C ends it')
    if (!signal.aborted)
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    await this.#door?.[Symbol.asyncDispose]()
    await this.#kept[Symbol.asyncDispose]()
  }
}

import type { IdMapPair } from '../../lib/idmap/pair.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { Ledger } from './ledger.ts'
import { answerOf } from './refusal.ts'
import { toWire } from './wire.ts'

/** A copy of a mount, with a map, that is attached nowhere; it ends with the story. */
export class DetachedMount {
  readonly #guest: Guest
  readonly #ledger: Ledger
  readonly #mount: number

  private constructor(guest: Guest, ledger: Ledger, mount: number) {
    this.#guest = guest
    this.#ledger = ledger
    this.#mount = mount
  }

  static async open(guest: Guest, ledger: Ledger, source: string, map: IdMapPair<'disk', 'host'>) {
    const { mount } = await ledger.during(() => guest.call('detached.open', { source, map: toWire(map) }))
    return new DetachedMount(guest, ledger, mount)
  }

  /** What the kernel answers to who wants to give this very mount another map: `success` or an errno. */
  change(map: IdMapPair<'disk', 'host'>): Promise<string> {
    return this.#change(map)
  }

  /** What it answers to who wants to take the map away. */
  clear(): Promise<string> {
    return this.#change(null)
  }

  /** To whom the root directory belongs for the host, through this mount. */
  async owner(): Promise<string> {
    const { uid, gid } = await this.#ledger.during(() => this.#guest.call('detached.stat', { mount: this.#mount }))
    return `${uid}:${gid}`
  }

  #change(map: IdMapPair<'disk', 'host'> | null): Promise<string> {
    const wire = map === null ? null : toWire(map)
    return this.#ledger.during(() =>
      answerOf(() => this.#guest.call('detached.change', { mount: this.#mount, map: wire })),
    )
  }
}

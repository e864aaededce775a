import type { Guest } from '../../vm/guest/guest.ts'
import { checkUnmounted } from '../../vm/image/raw/ext4.ts'
import { Host } from './host.ts'
import type { Ledger } from './ledger.ts'
import { noting } from './noting.ts'
import type { CaseDisk } from './places.ts'
import type { Sabotage } from './sabotage.ts'
import { sabotageImages } from './sabotage-images.ts'

export type MachineParts = {
  readonly disks: readonly CaseDisk[]
  readonly ledger: Ledger
  readonly sabotage: Sabotage | undefined
  /** A further guest with the disks; `name` tells its console's log from the first one's. */
  readonly open: (name: string) => Promise<Guest>
}

/** The machines of a story: one, or several one after the other, of which each gets the disks when the one before was switched off. */
export class Machines implements AsyncDisposable {
  readonly #parts: MachineParts
  readonly #names = new Set<string>()
  #guest: Guest
  #host: Host
  #doing = 'nothing'
  #closed = false

  constructor(first: Guest, parts: MachineParts) {
    this.#parts = parts
    this.#guest = first
    this.#host = this.#hostOf(first)
  }

  /** The one that is running. */
  get guest(): Guest {
    return this.#guest
  }

  get host(): Host {
    return this.#host
  }

  /** What was asked last of any of them. */
  get doing(): string {
    return this.#doing
  }

  /**
   * The host of the machine of this name. The first name is that of the machine the story begins on; for every other one the
   * machine before is switched off, what it left on the disks is read, and another, with a fresh guest, gets them.
   */
  async machine(name: string): Promise<Host> {
    if (this.#names.has(name)) throw new TypeError(`the machine ${name} was switched off: machines follow one another`)
    if (this.#names.size > 0) await this.#parts.ledger.during(() => this.#carryOver(name))
    this.#names.add(name)
    this.#host = this.#hostOf(this.#guest, name)
    return this.#host
  }

  /** Ends what the story left running and frees the disks. */
  letGo(): Promise<void> {
    return this.#host.letGo(this.#parts.disks)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.#guest[Symbol.asyncDispose]()
  }

  async #carryOver(name: string): Promise<void> {
    const { disks, ledger, sabotage, open } = this.#parts
    await this.letGo()
    await this.#guest.end()
    await sabotageImages(disks, sabotage)
    for (const { image, spec } of disks) if (spec.fs === 'ext4') await checkUnmounted(image)
    await ledger.settle()
    ledger.maps.forget()
    const next = await open(name)
    // The case may have taken too long meanwhile: then nobody else would end this one.
    if (this.#closed) await next[Symbol.asyncDispose]()
    this.#guest = next
  }

  #hostOf(guest: Guest, name?: string): Host {
    const { ledger, sabotage } = this.#parts
    const noted = noting(guest, request => {
      this.#doing = request
    })
    return new Host(noted, ledger, sabotage, name)
  }
}

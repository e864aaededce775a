import * as v from 'valibot'
import type { Extent } from '../../lib/idmap/extent.ts'
import type { IdMapPair } from '../../lib/idmap/pair.ts'
import { containerMap } from '../../lib/ranges/lease.ts'
import type { LeaseRequest } from '../../lib/ranges/leasing.ts'
import { callProgram } from '../../vm/guest/call-program.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import type { Act, Ledger } from './ledger.ts'

const LEASE_RANGE = new URL('../../vm/guest/programs/lease-range.ts', import.meta.url)

/** What a story asks of `lib/ranges`: how many ids, where, and how many more at the end of the 32-bit space. */
export type Wish = Omit<LeaseRequest, 'name' | 'owner'>

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff))
const answer = v.union([
  v.object({ pieces: v.pipe(v.array(v.object({ from: id, to: id, count: id })), v.minLength(1)) }),
  v.object({ refused: v.string() }),
])

/** The ids of a guest's host, as `lib/ranges` gives them to whoever asks: told by the guest's users, files and processes. */
export class Leases {
  readonly #guest: Guest
  readonly #ledger: Ledger

  constructor(guest: Guest, ledger: Ledger) {
    this.#guest = guest
    this.#ledger = ledger
  }

  /** The lease must be of just these ids, users and groups alike, as uid_map has them: `0 131072 65536`. What it maps is what was given. */
  async gives(name: string, wish: Wish, ids: string): Promise<IdMapPair<'container', 'host'>> {
    const pieces = await this.#ask(name, wish)
    this.#ledger.check(`${name} is leased`, ids, typeof pieces === 'string' ? pieces : inWords(pieces), by(name))
    return containerMap({ pieces: typeof pieces === 'string' ? [] : pieces })
  }

  /** There must be nothing to give, and the sentence say why. */
  async refuses(name: string, wish: Wish, sentence: string): Promise<void> {
    const pieces = await this.#ask(name, wish)
    this.#ledger.check(
      `${name} is leased nothing`,
      sentence,
      typeof pieces === 'string' ? pieces : inWords(pieces),
      by(name),
    )
  }

  async #ask(name: string, wish: Wish): Promise<readonly Extent[] | string> {
    const request: LeaseRequest = { ...wish, name, owner: 'root' }
    const said = await this.#ledger.during(() => callProgram(this.#guest, LEASE_RANGE, request))
    const { success, output } = v.safeParse(answer, said)
    if (!success) throw new HarnessError('GUEST_PROTOCOL', 'The guest answered something that is no lease.')
    return 'refused' in output ? output.refused : output.pieces
  }
}

function inWords(pieces: readonly Extent[]): string {
  return pieces.map(({ from, to, count }) => `${from} ${to} ${count}`).join('; ')
}

function by(name: string): Act {
  return { actor: 'host root', operation: `lease ${name}` }
}

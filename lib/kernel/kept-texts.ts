import type { Memory } from './libc.ts'
import { mostBytesOf, writeText } from './text-bytes.ts'

/** More than a call has arguments: one of them is always free. */
const PLACES = 8
const PLACE_BYTES = 512

type Place = { readonly at: number; readonly address: bigint; text: string | undefined; usedBy: number }

/**
 * Short texts that stay in memory from call to call: an idmapped mount tells the kernel its target three times, and to lay
 * a path out takes longer than to find it. The one that has been here longest makes room, unless the same call has it already.
 */
export class KeptTexts {
  /** How much memory they take. */
  static readonly bytes: number = PLACES * PLACE_BYTES
  readonly #bytes: Buffer
  readonly #places: readonly Place[]
  #next = 0

  /** `start`: from which byte of the memory on. */
  constructor(memory: Memory, start: number) {
    this.#bytes = memory.bytes
    this.#places = Array.from({ length: PLACES }, (_, i) => {
      const at = start + i * PLACE_BYTES
      return { at, address: memory.address + BigInt(at), text: undefined, usedBy: -1 }
    })
  }

  /** The address of a text, valid for this call, by its number; `undefined` for one that is too long, or when all places are this call's. */
  addressOf(text: string, call: number): bigint | undefined {
    const place = this.#find(text) ?? this.#keep(text, call)
    if (place === undefined) return undefined
    place.usedBy = call
    return place.address
  }

  #find(text: string): Place | undefined {
    for (const place of this.#places) if (place.text === text) return place
    return undefined
  }

  #keep(text: string, call: number): Place | undefined {
    if (mostBytesOf(text) > PLACE_BYTES) return undefined
    for (let tries = 0; tries < PLACES; tries++) {
      const place = this.#places[this.#next]
      this.#next = (this.#next + 1) % PLACES
      if (place === undefined || place.usedBy === call) continue
      // Nothing is there when the writing throws half-way.
      place.text = undefined
      writeText(text, this.#bytes, place.at)
      place.text = text
      return place
    }
    return undefined
  }
}

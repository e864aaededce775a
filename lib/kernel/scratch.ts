import { ArgumentError } from './argument-error.ts'
import { KeptTexts } from './kept-texts.ts'
import type { Memory } from './libc.ts'
import { mostBytesOf, writeText } from './text-bytes.ts'

/** An argument of a system call: a number, a text or bytes whose address is passed, or an address already in memory. */
export type Argument = number | bigint | string | Uint8Array

/** Lays out a call's strings and structures in memory the kernel can read, one after the other; the next call starts over. */
export class Scratch {
  readonly #memory: Memory
  /** The same bytes, for typed arrays' own `fill`: a Buffer's takes three times as long. */
  readonly #plain: Uint8Array
  readonly #start: number
  readonly #end: number
  readonly #texts: KeptTexts
  #next: number
  /** Which call is being laid out. */
  #call = 0

  constructor(memory: Memory, start: number, end: number) {
    this.#memory = memory
    this.#plain = new Uint8Array(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length)
    this.#start = start
    this.#end = end - KeptTexts.bytes
    this.#texts = new KeptTexts(memory, this.#end)
    this.#next = start
  }

  reset(): void {
    this.#next = this.#start
    this.#call += 1
  }

  /** What the kernel gets of an argument: itself, or the address of a copy of it. */
  register(arg: Argument): number | bigint {
    if (typeof arg === 'number' || typeof arg === 'bigint') return arg
    return typeof arg === 'string' ? this.string(arg) : this.copy(arg)
  }

  /** The address of a copy of `text` with its terminating zero. A NUL inside would cut it short silently, so it is refused. */
  string(text: string): bigint {
    const kept = this.#texts.addressOf(text, this.#call)
    if (kept !== undefined) return kept
    const at = this.#take(mostBytesOf(text))
    this.#next = aligned(writeText(text, this.#memory.bytes, at))
    return this.#memory.address + BigInt(at)
  }

  copy(source: Uint8Array): bigint {
    const at = this.#take(source.length)
    this.#memory.bytes.set(source, at)
    return this.#memory.address + BigInt(at)
  }

  /** `length` zeroed bytes at an address divisible by 8, valid until the next call. */
  reserve(length: number): Memory {
    const at = this.#take(length)
    const bytes = this.#memory.bytes.subarray(at, at + length)
    this.#plain.fill(0, at, at + length)
    return { address: this.#memory.address + BigInt(at), bytes }
  }

  #take(length: number): number {
    const at = this.#next
    if (at + length > this.#end)
      throw new ArgumentError(`a system call’s arguments need ${length} bytes, and ${this.#end - at} are left for them`)
    this.#next = aligned(at + length)
    return at
  }
}

function aligned(at: number): number {
  return (at + 7) & ~7
}

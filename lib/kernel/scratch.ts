import { ArgumentError } from './argument-error.ts'
import type { Memory } from './libc.ts'

/** Lays out a call's strings and structures in memory the kernel can read, one after the other; the next call starts over. */
export class Scratch {
  readonly #memory: Memory
  /** The same bytes, for typed arrays' own `fill`: a Buffer's takes three times as long. */
  readonly #plain: Uint8Array
  readonly #start: number
  readonly #end: number
  #next: number

  constructor(memory: Memory, start: number, end: number) {
    this.#memory = memory
    this.#plain = new Uint8Array(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length)
    this.#start = start
    this.#end = end
    this.#next = start
  }

  reset(): void {
    this.#next = this.#start
  }

  /** The address of a copy of `text` with its terminating zero. A NUL inside would cut it short silently, so it is refused. */
  string(text: string): bigint {
    const at = this.#take(MOST_BYTES_A_UNIT * text.length + 1)
    const { address, bytes } = this.#memory
    const end = at + (ascii(text, bytes, at) ?? utf8(text, bytes, at))
    bytes[end] = 0
    this.#next = aligned(end + 1)
    return address + BigInt(at)
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

/** UTF-8 of one UTF-16 code unit; a pair of surrogates takes four bytes for its two. */
const MOST_BYTES_A_UNIT = 3

/** Writes the text and gives its length, if it is all ASCII: most paths are, and a call into Node would take longer than they do. */
function ascii(text: string, to: Buffer, at: number): number | undefined {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0 || unit > 0x7f) return undefined
    to[at + i] = unit
  }
  return text.length
}

function utf8(text: string, to: Buffer, at: number): number {
  if (text.includes('\0'))
    throw new ArgumentError(`a string for a system call has a NUL character in it: ${JSON.stringify(text)}`)
  return to.write(text, at)
}

function aligned(at: number): number {
  return (at + 7) & ~7
}

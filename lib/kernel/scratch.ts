import type { Memory } from './libc.ts'

/** Lays out a call's strings and structures in memory the kernel can read, one after the other; the next call starts over. */
export class Scratch {
  readonly #memory: Memory
  readonly #start: number
  readonly #end: number
  #next: number

  constructor(memory: Memory, start: number, end: number) {
    this.#memory = memory
    this.#start = start
    this.#end = end
    this.#next = start
  }

  reset(): void {
    this.#next = this.#start
  }

  /** The address of a copy of `text` with its terminating zero. A NUL inside would cut it short silently, so it is refused. */
  string(text: string): bigint {
    if (text.includes('\0'))
      throw new RangeError(`a string for a system call has a NUL character in it: ${JSON.stringify(text)}`)
    return this.copy(Buffer.from(`${text}\0`))
  }

  copy(bytes: Uint8Array): bigint {
    const place = this.reserve(bytes.length)
    place.bytes.set(bytes)
    return place.address
  }

  /** `length` zeroed bytes at an address divisible by 8, valid until the next call. */
  reserve(length: number): Memory {
    const at = this.#next
    if (at + length > this.#end)
      throw new RangeError(`a system call's arguments need ${length} bytes more than the ${this.#end - at} left`)
    this.#next = (at + length + 7) & ~7
    const bytes = this.#memory.bytes.subarray(at, at + length)
    bytes.fill(0)
    return { address: this.#memory.address + BigInt(at), bytes }
  }
}

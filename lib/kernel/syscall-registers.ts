import type { Argument, Scratch } from './scratch.ts'

/** How many 64-bit words a call takes in memory: its number and six arguments. */
export const REGISTERS = 7

/** Memory as the two views a register is written through: halves of 32 bits are a tenth of the time of a BigInt. */
export type RegisterFile = { readonly words: BigInt64Array; readonly halves: Int32Array }

/** Seven registers in memory, beginning at a byte divisible by 8. */
export function registerFile(memory: Buffer, at: number): RegisterFile {
  const start = memory.byteOffset + at
  return {
    words: new BigInt64Array(memory.buffer, start, REGISTERS),
    halves: new Int32Array(memory.buffer, start, 2 * REGISTERS),
  }
}

/** Writes a call's number and arguments, texts and bytes as addresses in `scratch`; those not given are 0. Numbers are whole, from -2⁵³ to 2⁵³. */
export function writeRegisters(to: RegisterFile, number: number, args: readonly Argument[], scratch: Scratch): void {
  write(to, 0, number)
  for (let i = 1; i < REGISTERS; i++) write(to, i, scratch.register(args[i - 1] ?? 0))
}

function write({ words, halves }: RegisterFile, register: number, value: bigint | number): void {
  if (typeof value === 'bigint') {
    words[register] = value
    return
  }
  halves[2 * register] = value
  halves[2 * register + 1] = Math.floor(value / 2 ** 32)
}

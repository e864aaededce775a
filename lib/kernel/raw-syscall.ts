import { functionAt, libcSyscall, type Memory, makeExecutable, mapMemory } from './libc.ts'
import type { Argument, Scratch } from './scratch.ts'
import { REGISTERS, registerFile, writeRegisters } from './syscall-registers.ts'

/**
 * One system call, its number and arguments in the memory `rdi` points at; the result is the kernel's, errno and all.
 * A call by way of libc's `syscall(3)` has seven arguments for koffi to convert and an errno to fetch: 0.4 µs, this 0.1.
 */
const ENTRY_CODE = Uint8Array.from(
  [
    [0x48, 0x8b, 0x07], //             mov rax, [rdi]        ; number
    [0x48, 0x8b, 0x77, 0x10], //       mov rsi, [rdi + 16]
    [0x48, 0x8b, 0x57, 0x18], //       mov rdx, [rdi + 24]
    [0x4c, 0x8b, 0x57, 0x20], //       mov r10, [rdi + 32]
    [0x4c, 0x8b, 0x47, 0x28], //       mov r8, [rdi + 40]
    [0x4c, 0x8b, 0x4f, 0x30], //       mov r9, [rdi + 48]
    [0x48, 0x8b, 0x7f, 0x08], //       mov rdi, [rdi + 8]
    [0x0f, 0x05], //                   syscall
    [0xc3], //                         ret
  ].flat(),
)

type Entry = (number: number, args: readonly Argument[], scratch: Scratch) => number

let entry: Entry | undefined

/** One system call by this thread: its result, or minus the errno, as the kernel itself returns it. */
export function rawSyscall(number: number, args: readonly Argument[], scratch: Scratch): number {
  entry ??= ownEntry() ?? throughLibc
  return entry(number, args, scratch)
}

/** `undefined` where a security policy lets no new memory be executed, such as SELinux’s execmem: then libc’s has to do. */
export function ownEntry(): Entry | undefined {
  const code = executable(ENTRY_CODE)
  if (code === undefined) return undefined
  const enter = functionAt(code.address)
  const { address, bytes } = mapMemory(REGISTERS * 8)
  const registers = registerFile(bytes, 0)
  return (number, args, scratch) => {
    writeRegisters(registers, number, args, scratch)
    return Number(enter(address))
  }
}

/** The same by way of libc's `syscall(3)`: what remains where no new code may be executed. */
export function throughLibc(number: number, args: readonly Argument[], scratch: Scratch): number {
  return libcSyscall(
    number,
    args.map(arg => scratch.register(arg)),
  )
}

function executable(code: Uint8Array): Memory | undefined {
  try {
    return makeExecutable(code)
  } catch {
    return undefined
  }
}

import { SyscallError } from './errno.ts'
import { mapMemory } from './libc.ts'
import { rawSyscall } from './raw-syscall.ts'
import { type Argument, Scratch } from './scratch.ts'
import { type SyscallName, syscallNumbers } from './syscall-numbers.ts'

/**
 * Who makes system calls: this process ({@link here}), or a {@link Task} with namespaces and credentials of its own.
 * Every typed call of this folder takes one, so that whatever the library can do it can do as anybody.
 */
export interface Caller {
  /** How messages name the caller; `undefined` for this process itself. */
  readonly name: string | undefined
  /** For results larger than a register; valid until the next {@link invoke}. */
  readonly scratch: Scratch
  /** The kernel's own result: minus the errno on failure. Texts and bytes are laid out in {@link scratch}. */
  invoke(number: number, args: readonly Argument[]): number
}

class Here implements Caller {
  readonly name = undefined
  readonly scratch: Scratch
  constructor() {
    const memory = mapMemory(SCRATCH_BYTES)
    this.scratch = new Scratch(memory, 0, SCRATCH_BYTES)
  }
  invoke(number: number, args: readonly Argument[]): number {
    return rawSyscall(number, args, this.scratch)
  }
}

/** Room for one call's arguments: two longest paths and a chunk of a file's bytes. */
export const SCRATCH_BYTES = 128 * 1024

let self: Caller | undefined

/** This process (the calling thread of it) as a caller. */
export function here(): Caller {
  self ??= new Here()
  return self
}

/** Makes the call and returns the kernel's result, or minus the errno. Does not throw for a refusal. */
export function tryCall(caller: Caller, name: SyscallName, args: readonly Argument[]): number {
  const { scratch } = caller
  try {
    return caller.invoke(syscallNumbers[name], args)
  } finally {
    scratch.reset()
  }
}

/** How a message shows the arguments; a function where making the words would take longer than the call. */
export type Shown = readonly string[] | (() => readonly string[])

/** Makes the call; a refusal is a {@link SyscallError} that shows `shown`, or the arguments themselves. */
export function call(caller: Caller, name: SyscallName, args: readonly Argument[], shown?: Shown): number {
  const result = tryCall(caller, name, args)
  if (result >= 0) return result
  throw refusal(caller, name, -result, typeof shown === 'function' ? shown() : (shown ?? args.map(show)))
}

/** A refusal by the kernel, as `call` throws it. */
export function refusal(caller: Caller, syscall: string, errno: number, args: readonly string[]): SyscallError {
  return new SyscallError({ errno, syscall, args, ...(caller.name === undefined ? {} : { actor: caller.name }) })
}

function show(arg: Argument): string {
  if (arg instanceof Uint8Array) return `<${arg.length} bytes>`
  return typeof arg === 'string' ? JSON.stringify(arg) : String(arg)
}

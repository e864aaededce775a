import { constants } from 'node:os'
import { type Blame, IdmaplabError } from '../error.ts'
import { ArgumentError } from './argument-error.ts'
import { type RefusalCause, refusalCauses } from './refusal-causes.ts'

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))
// EAGAIN and EWOULDBLOCK, EOPNOTSUPP and ENOTSUP share a number on Linux; the kernel's own name wins.
for (const name of ['EAGAIN', 'EOPNOTSUPP'] as const) names.set(constants.errno[name], name)

/** `EPERM` for 1; `ERRNO_NNN` for a number without a name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `ERRNO_${errno}`
}

/** A refused system call, before its errno has a name. */
export type SyscallFailure = {
  readonly errno: number
  readonly syscall: string
  /** The arguments as a person would write them, e.g. `['/mnt/a', '01777']`. */
  readonly args: readonly string[]
  /** Who called, when that is not the process itself, e.g. `container uid 1005`. */
  readonly actor?: string
}

/**
 * A system call the kernel refused. `code` is the errno's name, `errno` its positive number. `causes` are what usually
 * lies behind this errno from this call, the likeliest first; nothing was looked at. Where the library did look, it
 * throws a {@link DiagnosedError}.
 */
export class SyscallError extends IdmaplabError {
  readonly code: string
  readonly blame: Blame = 'kernel'
  readonly errno: number
  readonly syscall: string
  readonly args: readonly string[]
  readonly actor: string | undefined
  readonly causes: readonly RefusalCause[]

  constructor(failure: SyscallFailure) {
    const code = errnoName(failure.errno)
    const causes = refusalCauses(failure.syscall, code, failure.args)
    super([refusalOf(failure), causes.map(({ sentence }) => sentence).join('; or ')].filter(Boolean).join(': '))
    this.code = code
    this.errno = failure.errno
    this.syscall = failure.syscall
    this.args = failure.args
    this.actor = failure.actor
    this.causes = causes
  }
}

function refusalOf({ actor, syscall, args, errno }: SyscallFailure): string {
  const who = actor === undefined ? '' : `${actor}: `
  return `${who}${syscall}(${args.join(', ')}) was refused with ${errnoName(errno)}`
}

/** Does something with `node:fs`, whose errors with an errno become a {@link SyscallError} that shows `args`, and an impossible path an `ArgumentError`. */
export function throughNode<T>(args: readonly string[], act: () => T): T {
  try {
    return act()
  } catch (error) {
    const { errno, syscall, code } = error as NodeJS.ErrnoException
    // A NUL in a path, which Node refuses before the kernel could.
    if (code === 'ERR_INVALID_ARG_VALUE')
      throw new ArgumentError(`${args.join(', ')} can be no path: ${(error as Error).message}`)
    if (errno === undefined || syscall === undefined || error instanceof SyscallError) throw error
    throw new SyscallError({ errno: Math.abs(errno), syscall, args })
  }
}

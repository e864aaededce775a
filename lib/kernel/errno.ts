import { constants } from 'node:os'
import { type Blame, IdmaplabError } from '../error.ts'

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))
// EAGAIN and EWOULDBLOCK, EOPNOTSUPP and ENOTSUP share a number on Linux; the kernel's own name wins.
for (const name of ['EAGAIN', 'EOPNOTSUPP'] as const) names.set(constants.errno[name], name)

/** `EPERM` for 1; `ERRNO_NNN` for a number without a name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `ERRNO_${errno}`
}

export type SyscallFailure = {
  readonly errno: number
  readonly syscall: string
  /** The arguments as a person would write them, e.g. `['/mnt/a', '01777']`. */
  readonly args: readonly string[]
  /** Who called, when that is not the process itself, e.g. `container uid 1005`. */
  readonly actor?: string
}

/** A system call the kernel refused. `code` is the errno's name, `errno` its positive number. */
export class SyscallError extends IdmaplabError {
  readonly code: string
  readonly blame: Blame = 'kernel'
  readonly errno: number
  readonly syscall: string
  readonly args: readonly string[]
  readonly actor: string | undefined

  constructor(failure: SyscallFailure) {
    const code = errnoName(failure.errno)
    const who = failure.actor === undefined ? '' : `${failure.actor}: `
    super(`${who}${failure.syscall}(${failure.args.join(', ')}) was refused with ${code}`)
    this.code = code
    this.errno = failure.errno
    this.syscall = failure.syscall
    this.args = failure.args
    this.actor = failure.actor
  }
}

import { mountCauses } from './refusal-causes-mount.ts'
import { processCauses } from './refusal-causes-process.ts'
import { syscallSince } from './syscall-since.ts'

/** Why a call may have been refused with an errno, and who says so: a man page, a kernel function or a commit. */
export type RefusalCause = { readonly sentence: string; readonly source: string }

/** A row of the tables. */
export type CauseRow = RefusalCause & {
  readonly call: string
  readonly errno: string
  /** Only when one of the call's shown arguments has this in it. */
  readonly showing?: string
}

/**
 * The likely causes of this errno from this call, the likeliest first; empty when nothing is known beyond what the errno says.
 * `args` are the arguments as {@link SyscallError} shows them: they tell one use of a call from another.
 */
export function refusalCauses(syscall: string, errno: string, args: readonly string[]): readonly RefusalCause[] {
  if (errno === 'ENOSYS') return [missing(syscall)]
  return [...mountCauses, ...processCauses]
    .filter(row => row.call === syscall && row.errno === errno && shows(args, row.showing))
    .map(({ sentence, source }) => ({ sentence, source }))
}

function missing(syscall: string): RefusalCause {
  const version = syscallSince(syscall)
  const source = `${syscall}(2)`
  if (version === undefined) return { sentence: `this kernel was built without ${syscall}(2)`, source }
  return { sentence: `${syscall}(2) came with Linux ${version}; or a seccomp filter hides it`, source }
}

function shows(args: readonly string[], showing: string | undefined): boolean {
  return showing === undefined || args.some(arg => arg.includes(showing))
}

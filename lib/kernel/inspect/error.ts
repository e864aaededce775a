import { type Blame, IdmaplabError } from '../../error.ts'
import { errnoName, SyscallError } from '../errno.ts'

/** Why something could not be inspected. */
export type InspectFault = 'INSPECT_NO_PROCESS' | 'INSPECT_NO_FILE' | 'INSPECT_NOT_PERMITTED' | 'INSPECT_RELATIVE_PATH'

/** What was to be inspected is not there, or not this process's to look at. */
export class InspectError extends IdmaplabError {
  readonly code: InspectFault
  /** The kernel's where it does not let us look; else what was asked for is not there. */
  readonly blame: Blame

  constructor(code: InspectFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.blame = code === 'INSPECT_NOT_PERMITTED' ? 'kernel' : 'user'
  }
}

/** Does what reads `/proc/PID`; a process that is not there, or not ours to look at, is an {@link InspectError}. */
export function aboutProcess<T>(pid: number, act: () => T): T {
  try {
    return act()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ESRCH')
      throw new InspectError('INSPECT_NO_PROCESS', `There is no process ${pid}, or it has just ended.`, {
        cause: error,
      })
    if (code === 'EACCES' || code === 'EPERM')
      throw new InspectError(
        'INSPECT_NOT_PERMITTED',
        `Process ${pid} is not yours to look at (${code}): that takes CAP_SYS_PTRACE in its user namespace, or its own user while it is dumpable.`,
        { cause: error },
      )
    throw error
  }
}

/** The errno's name, of an error of Node's or of this library's; a diagnosis has a code of its own. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof SyscallError) return errnoName(error.errno)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

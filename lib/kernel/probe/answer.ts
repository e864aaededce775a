import { errnoName, SyscallError } from '../errno.ts'

/** What was found out by trying. */
export type Answer =
  | { readonly state: 'yes'; readonly detail?: string }
  /** `errno`: the kernel's own refusal, where it was one. */
  | { readonly state: 'no'; readonly errno?: string; readonly why: string }
  /** `needs`: what it would take to find out. */
  | { readonly state: 'unknown'; readonly needs: string }

export function yes(detail?: string): Answer {
  return detail === undefined ? { state: 'yes' } : { state: 'yes', detail }
}

export function no(why: string, errno?: string): Answer {
  return errno === undefined ? { state: 'no', why } : { state: 'no', errno, why }
}

/** What an ordinary user lacks to make anything to try things on. */
export const WITHOUT_PRIVILEGE = 'CAP_SYS_ADMIN in the initial user namespace, and user namespaces'

export function unknown(needs: string): Answer {
  return { state: 'unknown', needs }
}

/** Reasons for a refusal by the errno's name, for one attempt. */
export type Reasons = Readonly<Record<string, string>>

/**
 * The answer of an attempt: yes when it is not refused; no for an errno among the reasons; for any other refusal nothing
 * was found out about the feature, and the refusal says what stood in the way.
 */
export function tried(attempt: () => Answer | undefined, reasons: Reasons): Answer {
  try {
    return attempt() ?? yes()
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    const errno = errnoName(error.errno)
    // Without the user namespace the attempt needs, the feature itself was never asked.
    const why = error.syscall === 'clone' ? undefined : reasons[errno]
    return why === undefined ? unknown(`that this is not refused: ${error.message}`) : no(why, errno)
  }
}

/** The answer of a call made only to see whether it is there: any result is a yes, and so are the errnos that only a call that is there gives. */
export function present(result: number, meaningPresent: readonly string[], since: string): Answer {
  const errno = errnoName(-result)
  if (result >= 0 || meaningPresent.includes(errno)) return yes()
  return errno === 'ENOSYS'
    ? no(since, errno)
    : unknown(`that the call is not refused with ${errno} (by a seccomp filter, perhaps)`)
}

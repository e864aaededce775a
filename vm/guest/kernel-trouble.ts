import { type Blame, IdmaplabError } from '../../lib/error.ts'
import type { CrashKind } from '../qemu/crash.ts'

/** The guest's kernel panicked, oopsed or complained: the kernel is to blame, whatever the case was about. */
export class KernelTrouble extends IdmaplabError {
  readonly code = 'KERNEL_TROUBLE'
  readonly blame: Blame = 'kernel'
  readonly kind: CrashKind
  /** The report as the console had it, from just before its first line, fit to be shown; at most 150 lines. */
  readonly trace: readonly string[]
  /** Where the console's log is and how QEMU was called. */
  readonly details: readonly string[]

  constructor(
    message: string,
    trouble: { readonly kind: CrashKind; readonly trace: readonly string[]; readonly details: readonly string[] },
  ) {
    super(message)
    this.kind = trouble.kind
    this.trace = trouble.trace
    this.details = trouble.details
  }
}

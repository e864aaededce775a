import { type Blame, IdmaplabError } from '../lib/error.ts'

/** What went wrong with the machinery around the kernel; it says nothing about the kernel itself. Stable. */
export type HarnessCode =
  | 'KERNEL_UNKNOWN'
  | 'KERNEL_UNUSABLE'
  | 'PACKAGE_FETCH'
  | 'PREREQUISITE_MISSING'
  | 'CACHE_UNUSABLE'
  | 'DIRECTORY_UNUSABLE'
  | 'LOCK_TIMEOUT'
  | 'DISK_FULL'
  | 'OUT_OF_MEMORY'
  | 'IMAGE_BUILD'
  | 'IMAGE_READ'
  | 'GUEST_BOOT'
  | 'GUEST_HUNG'
  | 'GUEST_PROTOCOL'
  | 'GUEST_STOPPED'
  | 'QEMU_DIED'
  | 'AGENT_DIED'
  | 'QEMU_REFUSED'
  | 'NEED_UNKNOWN'
  | 'CASE_TIMEOUT'
  | 'INTERRUPTED'

/** One sentence for `message`; whatever a person needs besides (console lines, a command line, a log's path) goes line by line into `details`. */
export class HarnessError extends IdmaplabError {
  readonly code: HarnessCode
  readonly blame: Blame
  readonly details: readonly string[]

  constructor(
    code: HarnessCode,
    message: string,
    options: ErrorOptions & { details?: readonly string[]; blame?: Blame } = {},
  ) {
    super(message, options)
    this.code = code
    this.blame = options.blame ?? 'harness'
    this.details = options.details ?? []
  }
}

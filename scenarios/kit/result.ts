import type { BugPresence } from '../../lib/model/known-bugs.ts'
import type { WireMapPair } from '../../vm/guest/protocol.ts'
import type { CrashKind } from '../../vm/qemu/crash.ts'
import type { NeedFinding } from './need-finding.ts'

/** PASS, FAIL (the kernel did not do what the story says, or got into trouble), SKIP (it lacks a feature), ERROR (nothing is said about the kernel). */
export type Outcome = 'PASS' | 'FAIL' | 'SKIP' | 'ERROR'

/** What one column of a row should say and what it said; owners as `uid:gid`, `absent` or an errno where there is no owner. */
type Cell = { readonly expected: string; readonly found: string }

/** What a disk's cell says when the guest was kept running, so that nobody could look. */
export const NOT_READ = 'not read'

/** How a claim was found out. */
export type Trial = {
  /** Who acted or looked: `alice uid 1000`, or the raw image of a disk. */
  readonly actor: string
  readonly operation: string
  /** Of the actor's container, and of the mount the path is on, where there are such; extents are `[from, to, count]`. */
  readonly maps: { readonly containerToHost?: WireMapPair; readonly diskToHost?: WireMapPair }
  /** Seconds from the story's beginning to the answer. */
  readonly at: number
}

/** One path, seen three ways. */
export type Row = {
  readonly chapter: string
  readonly path: string
  /** From the raw image, after the guest let go of it; ahead of the owner the disk's name, where a story says it. */
  readonly disk: Cell
  /** In the guest's initial user namespace, through the mount. */
  readonly host: Cell
  /** By a process in its own user and mount namespace. */
  readonly container: Cell
  readonly outcome: 'PASS' | 'FAIL'
  readonly trial?: Trial
}

/** Something else that must be so: an operation refused with its errno, the bytes on a disk. */
export type Check = {
  readonly chapter: string
  readonly claim: string
  readonly expected: string
  readonly found: string
  readonly outcome: 'PASS' | 'FAIL'
  readonly trial?: Trial
  /** Of a claim about the story's bug: whether it shows. */
  readonly symptom?: 'shown' | 'absent' | 'neither'
}

/** What came of looking for a known bug. */
export type BugFinding = {
  readonly what: string
  /** The first version of upstream's that has it, and when each line that was fixed got the fix, in words: `in 6.16.4`. */
  readonly since: string
  readonly fixed: readonly string[]
  readonly link: string
  /**
   * Whether this kernel must have it; `either`: between the versions known to have it and those known not to; `unknown`, which
   * is taken for `absent`: it does not tell which upstream version it is.
   */
  readonly expected: BugPresence | 'unknown'
  readonly upstream?: string
  readonly seen: boolean
}

/** What a kernel in trouble said: the lines of its own report, fit to be shown. */
type KernelReport = { readonly kind: CrashKind; readonly trace: readonly string[] }

export type ScenarioResult = {
  readonly scenario: string
  readonly title: string
  readonly outcome: Outcome
  /**
   * Why it is no PASS, stable: for a FAIL `EXPECTATION` (the kernel did otherwise than the story says), `KERNEL_TROUBLE`,
   * `BUG_SHOWS` and `BUG_ABSENT` (a known bug shows on a version without it, or not on one with it), or `TABLE_DISAGREES`
   * (what the story needs is missing, although kernels of this version have it); for a SKIP `FEATURE_MISSING`; for an ERROR `CASE_TIMEOUT`, `GUEST_HUNG`, `QEMU_DIED`, `DISK_FULL`, `OUT_OF_MEMORY`,
   * `INTERRUPTED` or another code of the harness, `UNFORESEEN` when the story or idmaplab itself is wrong. A PASS has one only when the story is about a
   * bug and this kernel has it, as its version says: `KNOWN_BUG`.
   */
  readonly code?: string
  /** With `KNOWN_BUG` the bug; for SKIP the feature that is missing, for ERROR and a kernel in trouble what went wrong: one sentence. */
  readonly reason?: string
  /** With `KERNEL_TROUBLE`, and with a known bug that shows by an oops. */
  readonly crash?: KernelReport
  /** Of a story about a known bug that was told. */
  readonly bug?: BugFinding
  /** What the story needs, as it was tried in the guest, beside what the table says; up to the first that is missing. */
  readonly needs?: readonly NeedFinding[]
  /** Whatever a person needs beside the reason: console lines, a log's path. */
  readonly details: readonly string[]
  readonly kernel: string
  /** What must be known of how the kernel was chosen: that it stands in for one that is gone, or lacks packages that are. */
  readonly kernelNote?: string
  readonly accelerator?: string
  /** Those in which something was claimed, in the order of the story; what stands before the first is in the chapter ''. */
  readonly chapters: readonly string[]
  readonly rows: readonly Row[]
  readonly checks: readonly Check[]
  readonly seconds: number
  /** From which all that is random in the guest began. */
  readonly seed?: string
  /** The command that repeats this very case. */
  readonly repeat: string
  /** The directory with what there is to look at, when the case failed: console, images, command lines. */
  readonly artifacts?: string
  /** With `--keep`: the command that leads into the guest, which is still running. */
  readonly enter?: string
}

/** The chapters of a result, in the order of the story. */
export function chaptersOf({ chapters, rows, checks }: Pick<ScenarioResult, 'chapters' | 'rows' | 'checks'>): string[] {
  const claimed = [...rows, ...checks].map(({ chapter }) => chapter)
  return [...new Set([...chapters.filter(chapter => claimed.includes(chapter)), ...claimed])]
}

const columns = ['disk', 'host', 'container'] as const

/** Each thing that was not as it should be, on a line of its own: `path: column: expected … found …`. */
export function failures(result: Pick<ScenarioResult, 'rows' | 'checks'>): string[] {
  const rows = result.rows.flatMap(row =>
    columns
      .filter(column => row[column].found !== NOT_READ && row[column].expected !== row[column].found)
      .map(column => `${row.path}: ${column}: expected ${row[column].expected} found ${row[column].found}`),
  )
  const checks = result.checks
    .filter(check => check.outcome === 'FAIL')
    .map(check => `${check.claim}: expected ${check.expected} found ${check.found}`)
  return [...rows, ...checks]
}

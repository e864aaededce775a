/** PASS, FAIL (the kernel did not do what the story says), SKIP (it lacks a feature), ERROR (nothing is said about the kernel). */
export type Outcome = 'PASS' | 'FAIL' | 'SKIP' | 'ERROR'

/** What one column of a row should say and what it said; owners as `uid:gid`, `absent` or an errno where there is no owner. */
type Cell = { readonly expected: string; readonly found: string }

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
}

/** Something else that must be so: an operation refused with its errno, the bytes on a disk. */
export type Check = {
  readonly chapter: string
  readonly claim: string
  readonly expected: string
  readonly found: string
  readonly outcome: 'PASS' | 'FAIL'
}

export type ScenarioResult = {
  readonly scenario: string
  readonly title: string
  readonly outcome: Outcome
  /** For SKIP the feature that is missing, for ERROR what went wrong: one sentence. */
  readonly reason?: string
  /** Whatever a person needs beside the reason: console lines, a log's path. */
  readonly details: readonly string[]
  readonly kernel: string
  /** What must be known of how the kernel was chosen: that it stands in for one that is gone, or lacks packages that are. */
  readonly kernelNote?: string
  readonly accelerator?: string
  readonly rows: readonly Row[]
  readonly checks: readonly Check[]
  readonly seconds: number
  /** The command that repeats this very case. */
  readonly repeat: string
}

const columns = ['disk', 'host', 'container'] as const

/** Each thing that was not as it should be, on a line of its own: `path: column: expected … found …`. */
export function failures(result: ScenarioResult): string[] {
  const rows = result.rows.flatMap(row =>
    columns
      .filter(column => row[column].expected !== row[column].found)
      .map(column => `${row.path}: ${column}: expected ${row[column].expected} found ${row[column].found}`),
  )
  const checks = result.checks
    .filter(check => check.outcome === 'FAIL')
    .map(check => `${check.claim}: expected ${check.expected} found ${check.found}`)
  return [...rows, ...checks]
}

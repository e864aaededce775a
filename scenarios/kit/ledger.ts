import { SyscallError } from '../../lib/kernel/errno.ts'
import { harmless } from '../../vm/harmless.ts'
import type { BugExpectation, EitherWay } from './bug.ts'
import type { NeedFinding } from './need-finding.ts'
import { type Check, NOT_READ, type Row } from './result.ts'

/** What a story has claimed so far. The disk column is open until the guest let go of its disks. */
export class Ledger {
  readonly #rows: { row: Omit<Row, 'disk' | 'outcome'>; diskExpected: string; diskFound: () => Promise<string> }[] = []
  readonly #checks: Check[] = []
  readonly #later: (() => Promise<void>)[] = []
  #needs: readonly NeedFinding[] = []
  #bug: BugExpectation | undefined
  #chapter = ''
  #open = 0
  #closed = false

  enter(chapter: string): void {
    this.#chapter = chapter
  }

  /** What the story needs was tried. */
  noteNeeds(findings: readonly NeedFinding[]): void {
    this.#needs = findings
  }

  get needs(): readonly NeedFinding[] {
    return this.#needs
  }

  /** The story is about a bug. */
  expectBug(bug: BugExpectation): void {
    this.#bug = bug
  }

  get bug(): BugExpectation | undefined {
    return this.#bug
  }

  /** Whether something is known already not to be as the story says. */
  get failing(): boolean {
    const wrong = ({ expected, found }: { expected: string; found: string }) => expected !== found
    return (
      this.#checks.some(({ outcome }) => outcome === 'FAIL') ||
      this.#rows.some(({ row }) => wrong(row.host) || wrong(row.container))
    )
  }

  /** The claims judged so far. */
  get checks(): readonly Check[] {
    return this.#checks
  }

  /** Does `work`, and knows until it is done that the story has something open: an `await` may have been forgotten. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new TypeError('the story went on after it had ended: an await is missing in it')
    this.#open += 1
    try {
      return await work()
    } finally {
      this.#open -= 1
    }
  }

  /** The story has ended: nothing may be going on any more. */
  endStory(): void {
    this.#closed = true
    if (this.#open > 0)
      throw new TypeError(
        `the story ended while ${this.#open} of its claims were still open: an await is missing in it`,
      )
  }

  row(row: Omit<Row, 'chapter' | 'disk' | 'outcome'>, diskExpected: string, diskFound: () => Promise<string>): void {
    this.#rows.push({ row: { chapter: this.#chapter, ...row }, diskExpected, diskFound })
  }

  check(claim: string, expected: string, found: string): void {
    this.#record({ chapter: this.#chapter, claim, expected, found })
  }

  /** A claim that finds one thing on kernels with the story's bug and another on those without. */
  witness(claim: string, found: string, { mended, buggy }: EitherWay): void {
    if (this.#bug === undefined) throw new TypeError('a story without a bug has nothing to show of it')
    const { presence } = this.#bug
    const shown = presence === 'present' || (presence === 'either' && found === buggy)
    const expected = shown ? buggy : mended
    const symptom = found === buggy ? 'shown' : found === mended ? 'absent' : 'neither'
    this.#record({ chapter: this.#chapter, claim, expected, found, symptom })
  }

  /** A claim about a disk's bytes: looked at when the guest let go of it. */
  checkLater(claim: string, expected: string, find: () => Promise<string>): void {
    const chapter = this.#chapter
    this.#later.push(async () => {
      const found = await find()
      this.#record({ chapter, claim, expected, found })
    })
  }

  /** Does `act`, which must succeed: a refusal by the kernel is written down as a failed claim, and the story goes on. */
  async mustSucceed(claim: string, act: () => Promise<unknown>): Promise<void> {
    const found = await this.during(() => answerOf(act))
    if (found !== 'success') this.check(claim, 'success', found)
  }

  /** Does `act`, which the kernel must refuse with `errno`. */
  async mustFail(claim: string, errno: string, act: () => Promise<unknown>): Promise<void> {
    this.check(claim, errno, await this.during(() => answerOf(act)))
  }

  // What was found may be a guest's words.
  #record(check: Omit<Check, 'outcome'>): void {
    const { claim, expected, found } = check
    const outcome = expected === found ? 'PASS' : 'FAIL'
    this.#checks.push({ ...check, claim: harmless(claim), found: harmless(found), outcome })
  }

  /** Closes the books on a guest that still has its disks: what is on them is not known. */
  closeUnread(): { rows: Row[]; checks: Check[] } {
    return {
      rows: this.#rows.map(({ row, diskExpected }) => ({
        ...row,
        disk: { expected: diskExpected, found: NOT_READ },
        outcome:
          row.host.expected === row.host.found && row.container.expected === row.container.found ? 'PASS' : 'FAIL',
      })),
      checks: this.#checks,
    }
  }

  /** Reads the disks and closes the books. */
  async close(): Promise<{ rows: Row[]; checks: Check[] }> {
    for (const look of this.#later) await look()
    const rows: Row[] = []
    for (const { row, diskExpected, diskFound } of this.#rows) {
      const disk = { expected: diskExpected, found: await diskFound() }
      const same = [disk, row.host, row.container].every(cell => cell.expected === cell.found)
      rows.push({ ...row, disk, outcome: same ? 'PASS' : 'FAIL' })
    }
    return { rows, checks: this.#checks }
  }
}

/** What the kernel answers: `success`, or the errno of its refusal. */
export async function answerOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act()
    return 'success'
  } catch (error) {
    if (error instanceof SyscallError) return error.code
    throw error
  }
}

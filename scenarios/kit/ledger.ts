import { harmless } from '../../vm/harmless.ts'
import type { BugExpectation, EitherWay } from './bug.ts'
import { MapsInPlay } from './maps-in-play.ts'
import type { NeedFinding } from './need-finding.ts'
import { refusalOf } from './refusal.ts'
import { type Check, NOT_READ, type Row, type ScenarioResult, type Trial } from './result.ts'

/** Who did what; `path` is where, as the actor calls it. */
export type Act = { readonly actor: string; readonly operation: string; readonly path?: string }

/** All that a story claimed, and what was found. */
type Closed = Pick<ScenarioResult, 'chapters' | 'rows' | 'checks'>

/** What a story has claimed so far. The disk column is open until the guest let go of its disks. */
export class Ledger {
  readonly #rows: { row: Omit<Row, 'disk' | 'outcome'>; diskExpected: string; diskFound: () => Promise<string> }[] = []
  readonly #checks: Check[] = []
  readonly #later: (() => Promise<void>)[] = []
  /** Those of which the disks were read already. */
  readonly #settled: Row[] = []
  readonly #began = performance.now()
  /** What the story's actors see files through. */
  readonly maps = new MapsInPlay()
  #needs: readonly NeedFinding[] = []
  #bug: BugExpectation | undefined
  readonly #chapters = new Set<string>()
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
      [...this.#checks, ...this.#settled].some(({ outcome }) => outcome === 'FAIL') ||
      this.#rows.some(({ row }) => wrong(row.host) || wrong(row.container))
    )
  }

  /** Those in which something was claimed, in the order of the story. */
  get chapters(): readonly string[] {
    return [...this.#chapters]
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

  row(
    row: Omit<Row, 'chapter' | 'disk' | 'outcome' | 'trial'>,
    diskExpected: string,
    diskFound: () => Promise<string>,
    act?: Act,
  ): void {
    const trial = this.#trialOf(act)
    this.#chapters.add(this.#chapter)
    this.#rows.push({ row: { chapter: this.#chapter, ...row, ...trial }, diskExpected, diskFound })
  }

  check(claim: string, expected: string, found: string, act?: Act): void {
    this.#record({ chapter: this.#chapter, claim, expected, found, ...this.#trialOf(act) })
  }

  /** A claim that finds one thing on kernels with the story's bug and another on those without. */
  witness(claim: string, found: string, { mended, buggy }: EitherWay, act?: Act): void {
    if (this.#bug === undefined) throw new TypeError('a story without a bug has nothing to show of it')
    const { presence } = this.#bug
    const shown = presence === 'present' || (presence === 'either' && found === buggy)
    const expected = shown ? buggy : mended
    const symptom = found === buggy ? 'shown' : found === mended ? 'absent' : 'neither'
    this.#record({ chapter: this.#chapter, claim, expected, found, symptom, ...this.#trialOf(act) })
  }

  /** A claim about a disk's bytes: looked at when the guest let go of it. */
  checkLater(claim: string, expected: string, find: () => Promise<string>, act?: Act): void {
    const chapter = this.#chapter
    this.#chapters.add(chapter)
    this.#later.push(async () => {
      const found = await find()
      this.#record({ chapter, claim, expected, found, ...this.#trialOf(act) })
    })
  }

  /** Does `attempt`, which must succeed: a refusal by the kernel is written down as a failed claim, and the story goes on. */
  async mustSucceed(claim: string, attempt: () => Promise<unknown>, act?: Act): Promise<void> {
    const refused = await this.during(() => refusalOf(attempt))
    if (refused !== undefined) this.check(claim, 'success', refused.code, act)
  }

  /** Does `attempt`, which the kernel must refuse with `errno`; gives what was said of the refusal. */
  async mustFail(claim: string, errno: string, attempt: () => Promise<unknown>, act?: Act): Promise<string> {
    const refused = await this.during(() => refusalOf(attempt))
    this.check(claim, errno, refused?.code ?? 'success', act)
    return refused?.message ?? 'no refusal'
  }

  // What was found may be a guest's words.
  #record(check: Omit<Check, 'outcome'>): void {
    const { chapter, claim, expected, found } = check
    this.#chapters.add(chapter)
    const outcome = expected === found ? 'PASS' : 'FAIL'
    this.#checks.push({ ...check, claim: harmless(claim), found: harmless(found), outcome })
  }

  #trialOf(act?: Act): { trial?: Trial } {
    if (act === undefined) return {}
    const { actor, operation, path } = act
    const at = Math.round(performance.now() - this.#began) / 1000
    return { trial: { actor, operation: harmless(operation), maps: this.maps.of(actor, path), at } }
  }

  /** Closes the books on a guest that still has its disks: what is on them is not known. */
  closeUnread(): Closed {
    const unread = this.#rows.map(
      ({ row, diskExpected }): Row => ({
        ...row,
        disk: { expected: diskExpected, found: NOT_READ },
        outcome:
          row.host.expected === row.host.found && row.container.expected === row.container.found ? 'PASS' : 'FAIL',
      }),
    )
    return { chapters: this.chapters, rows: [...this.#settled, ...unread], checks: this.#checks }
  }

  /** Reads the disks, now that nobody has them, for all that was claimed since they were read last. */
  async settle(): Promise<void> {
    for (const look of this.#later.splice(0)) await look()
    for (const { row, diskExpected, diskFound } of this.#rows.splice(0)) {
      const disk = { expected: diskExpected, found: await diskFound() }
      const same = [disk, row.host, row.container].every(cell => cell.expected === cell.found)
      this.#settled.push({ ...row, disk, outcome: same ? 'PASS' : 'FAIL' })
    }
  }

  /** Reads the disks and closes the books. */
  async close(): Promise<Closed> {
    await this.settle()
    return { chapters: this.chapters, rows: this.#settled, checks: this.#checks }
  }
}

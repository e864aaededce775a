import type { Outcome, ScenarioResult } from '../scenarios/kit/result.ts'

/** One story on one kernel: what is planned, told, counted, and named in a baseline. */
export type CaseId = {
  readonly scenario: string
  /** As the user wrote it: `6.12`, `debian:trixie/6.12.107-1`, `host`, the path of a file. */
  readonly kernel: string
  /** The file systems the story is about, sorted, with `+` between them: `ext4`, `ext4+overlay`. */
  readonly fs: string
}

/** Of `FLAKY` cases, which `--retry` alone makes, not every attempt came to the same outcome. */
export type CaseOutcome = Outcome | 'FLAKY'

/** How a case's outcome stands to the baseline: `new` is worse than expected, `fixed` better, `unknown` not in the file. */
export type Standing = 'expected' | 'new' | 'fixed' | 'unknown'

/** What became of a case, after its last attempt. */
export type Verdict = {
  readonly case: CaseId
  /** From 1; with `--repeat` there are several. */
  readonly round: number
  readonly outcome: CaseOutcome
  /**
   * In the order in which they were told, each in a guest of its own; the last one decides unless the outcome is FLAKY. On a kernel
   * that is unavailable there is one, which was never told.
   */
  readonly attempts: readonly ScenarioResult[]
  /** When it was told, if an earlier run did, one that was cut short and that this run resumes. */
  readonly earlier?: string
  /** Only with `--baseline`. */
  readonly standing?: Standing
  /** What the baseline expects and why; only with `--baseline`, where the case is in it. */
  readonly expectation?: { readonly outcome: CaseOutcome; readonly reason: string; readonly link?: string }
}

/** The baseline that a run is held to, and how. */
export type HeldTo = {
  /** As the user wrote it. */
  readonly file: string
  /** A hash of what it says: copies of it on several machines have the same. */
  readonly id: string
  /** `strict`: what is better than expected fails the run too; `update`: what comes out is written down, and fails by errors only. */
  readonly mode: 'usual' | 'strict' | 'update'
}

/**
 * Why not every planned case was told. Of a run that was merged from its parts something can be `lost`: the report of a part is not
 * there, or was broken off.
 */
export type Cut = 'interrupted' | 'fail-fast' | 'max-failures' | 'lost'

/**
 * Everything a reporter learns: `run.started` first, `run.ended` last, each case's events in this order; those of cases side by
 * side, and of the kernel that is made ready meanwhile, come between each other. After a kill the stream just ends. Times are ISO
 * 8601 in UTC.
 */
export type RunEvent =
  | {
      readonly type: 'run.started'
      readonly at: string
      /** The version of idmaplab. */
      readonly version: string
      /** What the user typed behind `idmaplab`. */
      readonly command: readonly string[]
      readonly kernels: readonly string[]
      /** One round of what will be told. */
      readonly cases: readonly CaseId[]
      readonly rounds: number
      /** Which part of a larger run it is, and one round of the whole: what `merge` holds the parts against. */
      readonly shard?: { readonly index: number; readonly of: number; readonly whole: readonly CaseId[] }
      /** Only with `--baseline`: what `merge` needs to end as the whole would have. */
      readonly heldTo?: HeldTo
    }
  | {
      readonly type: 'kernel.ready'
      readonly at: string
      readonly kernel: string
      /** `uname -r`. */
      readonly version: string
      /** The Debian package it came from and its version. */
      readonly package?: string
      /** What every report on it must say. */
      readonly note?: string
    }
  /** Every case of this kernel ends as an ERROR with this code and reason, without having been started. */
  | {
      readonly type: 'kernel.unavailable'
      readonly at: string
      readonly kernel: string
      readonly code: string
      readonly reason: string
      /** Whatever a person needs besides: console lines, a command line, the path of a log. */
      readonly details: readonly string[]
    }
  | {
      readonly type: 'case.started'
      readonly at: string
      readonly case: CaseId
      readonly round: number
      readonly attempt: number
    }
  /** One attempt is over; another follows, or the case ends. Of `artifacts` only the verdict says which are kept. */
  | {
      readonly type: 'case.attempted'
      readonly at: string
      readonly case: CaseId
      readonly round: number
      readonly attempt: number
      readonly result: ScenarioResult
    }
  | { readonly type: 'case.ended'; readonly at: string; readonly verdict: Verdict }
  | {
      readonly type: 'run.ended'
      readonly at: string
      /** Why not every planned case was told; `undefined` when all were. */
      readonly cut?: Cut
      /** Those that were not begun, in the order of the plan; once for each round. */
      readonly notRun: readonly CaseId[]
      /** The exit code the run ends with. */
      readonly exitCode: number
    }

/** Listens to a run. What it has written when it hears nothing more is valid as it is and says that it is incomplete. */
export type Reporter = {
  hear(event: RunEvent): void
  /** After the last event: writes what is still to be written. */
  close(): Promise<void>
}

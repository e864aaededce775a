import { ProcessOutput } from 'zx/core'
import { IdmaplabError } from '../../lib/error.ts'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { checkUnmounted } from '../../vm/image/raw/ext4.ts'
import { diskFull, isNoSpace } from '../../vm/machine-trouble.ts'
import { type BugExpectation, judgeBug } from './bug.ts'
import type { Ledger } from './ledger.ts'
import { type NeedFinding, tableDisagrees } from './need-finding.ts'
import type { CaseDisk } from './places.ts'
import { failures, type ScenarioResult } from './result.ts'

export type Verdict = Pick<
  ScenarioResult,
  'outcome' | 'code' | 'reason' | 'crash' | 'bug' | 'needs' | 'details' | 'chapters' | 'rows' | 'checks' | 'accelerator'
> & {
  readonly kernel?: string
}

/** A shell's exit codes for a command that could not be run at all, which says nothing about the kernel. */
const NOT_EXECUTABLE = 126
const NOT_FOUND = 127

/** Writes down what the story could not go on after, if it says something about the kernel: a refused call, a failed command. */
export function writeDown(error: unknown, ledger: Ledger): boolean {
  if (error instanceof SyscallError) {
    const { actor = 'host root', syscall, args, code } = error
    const operation = `${syscall}(${args.join(', ')})`
    ledger.check(`${actor}: ${operation}`, 'success', code, { actor, operation })
    return true
  }
  if (!(error instanceof ProcessOutput) || knownCause(error) !== undefined) return false
  if (error.exitCode === NOT_EXECUTABLE || error.exitCode === NOT_FOUND) return false
  ledger.check('a command of the story', 'exit code 0', `exit code ${error.exitCode}: ${error.stderr.trim()}`)
  return true
}

/** Reads the disks, which the guest has let go of, and compares. */
export async function judge(ledger: Ledger, disks: readonly CaseDisk[]): Promise<Verdict> {
  for (const { image, spec } of disks) if (spec.fs === 'ext4') await checkUnmounted(image)
  return compared(await ledger.close(), ledger.bug)
}

/** Compares what is known of a guest that is kept running: nobody can look at its disks. */
export function judgeUnread(ledger: Ledger): Verdict {
  return compared(ledger.closeUnread(), ledger.bug)
}

const OOPS_CLAIM = 'what the kernel reports of itself'
const NO_OOPS = 'no oops'

/** The verdict on a kernel whose trouble is the bug the story is about; nobody can look at the guest's disks any more. */
export function judgeOops(ledger: Ledger, { kind, trace, details }: KernelTrouble): Verdict {
  const oops = `${kind} in ${ledger.bug?.bug.oopsIn}`
  ledger.witness(OOPS_CLAIM, oops, { mended: NO_OOPS, buggy: oops })
  const verdict = judgeUnread(ledger)
  return { ...verdict, crash: { kind, trace }, details: verdict.outcome === 'PASS' ? [] : details }
}

/** Of a story whose bug shows by an oops: there was none. */
export function noteNoOops(ledger: Ledger): void {
  const oopsIn = ledger.bug?.bug.oopsIn
  if (oopsIn !== undefined) ledger.witness(OOPS_CLAIM, NO_OOPS, { mended: NO_OOPS, buggy: `oops in ${oopsIn}` })
}

function compared(
  { chapters, rows, checks }: Pick<Verdict, 'chapters' | 'rows' | 'checks'>,
  bug: BugExpectation | undefined,
): Verdict {
  if (rows.length + checks.length === 0)
    throw new HarnessError('GUEST_PROTOCOL', 'The story claimed nothing, so it proves nothing.')
  const known = { details: [], chapters, rows, checks }
  const others = checks.filter(({ symptom }) => symptom === undefined)
  const failing = failures({ rows, checks: others }).length > 0
  // A story that broke off early may not have come to its bug.
  const ofBug = bug === undefined || (failing && others.length === checks.length) ? undefined : judgeBug(bug, checks)
  if (failing)
    return { ...known, outcome: 'FAIL', code: 'EXPECTATION', ...(ofBug === undefined ? {} : { bug: ofBug.bug }) }
  return ofBug === undefined ? { ...known, outcome: 'PASS' } : { ...known, ...ofBug }
}

/** A kernel in trouble is a FAIL; anything else that went wrong around the kernel an ERROR. What was claimed before is kept. `directory` is where the case writes. */
export function judgeError(thrown: unknown, ledger: Ledger, directory: string): Verdict {
  const error = causeOf(thrown, directory)
  const reason = error instanceof Error ? error.message : String(error)
  const known = { reason, chapters: ledger.chapters, rows: [], checks: ledger.checks }
  if (error instanceof KernelTrouble) {
    const { code, kind, trace, details } = error
    return { ...known, outcome: 'FAIL', code, crash: { kind, trace }, details }
  }
  if (error instanceof HarnessError) return { ...known, outcome: 'ERROR', code: error.code, details: error.details }
  if (error instanceof SyscallError) return { ...known, outcome: 'ERROR', code: 'GUEST_REFUSED', details: [] }
  if (error instanceof IdmaplabError) return { ...known, outcome: 'ERROR', code: error.code, details: [] }
  return { ...known, outcome: 'ERROR', code: 'UNFORESEEN', details: stackOf(error) }
}

function causeOf(thrown: unknown, directory: string): unknown {
  const known = knownCause(thrown)
  if (known instanceof KernelTrouble || known?.code === 'DISK_FULL' || !isNoSpace(thrown)) return known ?? thrown
  return diskFull('what the case writes', directory, undefined, thrown)
}

/** The typed error at the bottom of what was thrown: zx wraps what went wrong below it. */
export function knownCause(error: unknown): IdmaplabError | undefined {
  if (error instanceof IdmaplabError) return error
  return error instanceof Error && error.cause !== undefined ? knownCause(error.cause) : undefined
}

// An error nobody foresaw is a defect of ours or of the story: where it came from is what its reader needs.
function stackOf(error: unknown): string[] {
  return error instanceof Error && error.stack !== undefined
    ? error.stack
        .split('\n')
        .slice(1)
        .map(line => line.trim())
    : []
}

/** The verdict on a kernel that lacks what the story needs: a FAIL when kernels of its version have it. */
export function judgeLack(missing: string, findings: readonly NeedFinding[], release: string): Verdict {
  const lost = findings.find(({ standing }) => standing === 'missing')
  const skipped = skip(missing)
  if (lost === undefined) return skipped
  return { ...skipped, outcome: 'FAIL', code: 'TABLE_DISAGREES', reason: tableDisagrees(lost, release) }
}

/** The verdict on a kernel that lacks a feature the story needs. */
export function skip(feature: string): Verdict {
  return { outcome: 'SKIP', code: 'FEATURE_MISSING', reason: feature, details: [], chapters: [], rows: [], checks: [] }
}

import { ProcessOutput } from 'zx'
import { IdmaplabError } from '../../lib/error.ts'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { checkUnmounted } from '../../vm/image/raw/ext4.ts'
import { diskFull, isNoSpace } from '../../vm/machine-trouble.ts'
import type { Ledger } from './ledger.ts'
import type { CaseDisk } from './places.ts'
import { failures, type ScenarioResult } from './result.ts'

export type Verdict = Pick<
  ScenarioResult,
  'outcome' | 'code' | 'reason' | 'crash' | 'details' | 'rows' | 'checks' | 'accelerator'
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
  return compared(await ledger.close())
}

/** Compares what is known of a guest that is kept running: nobody can look at its disks. */
export function judgeUnread(ledger: Ledger): Verdict {
  return compared(ledger.closeUnread())
}

function compared({ rows, checks }: Pick<Verdict, 'rows' | 'checks'>): Verdict {
  if (rows.length + checks.length === 0)
    throw new HarnessError('GUEST_PROTOCOL', 'The story claimed nothing, so it proves nothing.')
  if (failures({ rows, checks }).length === 0) return { outcome: 'PASS', details: [], rows, checks }
  return { outcome: 'FAIL', code: 'EXPECTATION', details: [], rows, checks }
}

/** A kernel in trouble is a FAIL; anything else that went wrong around the kernel an ERROR. What was claimed before is kept. `directory` is where the case writes. */
export function judgeError(thrown: unknown, ledger: Ledger, directory: string): Verdict {
  const error = causeOf(thrown, directory)
  const reason = error instanceof Error ? error.message : String(error)
  const known = { reason, rows: [], checks: ledger.checks }
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

// zx wraps what went wrong below it.
function knownCause(error: unknown): IdmaplabError | undefined {
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

/** The verdict on a kernel that lacks a feature the story needs. */
export function skip(feature: string): Verdict {
  return { outcome: 'SKIP', code: 'FEATURE_MISSING', reason: feature, details: [], rows: [], checks: [] }
}

import { ProcessOutput } from 'zx'
import { IdmaplabError } from '../../lib/error.ts'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { checkUnmounted } from '../../vm/image/raw/ext4.ts'
import type { Ledger } from './ledger.ts'
import type { CaseDisk } from './places.ts'
import type { ScenarioResult } from './result.ts'

export type Verdict = Pick<ScenarioResult, 'outcome' | 'reason' | 'details' | 'rows' | 'checks' | 'accelerator'> & {
  readonly kernel?: string
}

/** A shell's exit codes for a command that could not be run at all, which says nothing about the kernel. */
const NOT_EXECUTABLE = 126
const NOT_FOUND = 127

/** Writes down what the story could not go on after, if it says something about the kernel: a refused call, a failed command. */
export function writeDown(error: unknown, ledger: Ledger): boolean {
  if (error instanceof SyscallError) {
    const { actor = 'host root', syscall, args, code } = error
    ledger.check(`${actor}: ${syscall}(${args.join(', ')})`, 'success', code)
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
  const { rows, checks } = await ledger.close()
  if (rows.length + checks.length === 0)
    throw new HarnessError('GUEST_PROTOCOL', 'The story claimed nothing, so it proves nothing.')
  const failed = [...rows, ...checks].some(({ outcome }) => outcome === 'FAIL')
  return { outcome: failed ? 'FAIL' : 'PASS', details: [], rows, checks }
}

/** What went wrong around the kernel; what was claimed before it is kept. */
export function judgeError(thrown: unknown, ledger: Ledger): Verdict {
  const error = knownCause(thrown) ?? thrown
  const reason = error instanceof Error ? error.message : String(error)
  const details = error instanceof HarnessError ? error.details : error instanceof IdmaplabError ? [] : stackOf(error)
  return { outcome: 'ERROR', reason, details, rows: [], checks: ledger.checks }
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

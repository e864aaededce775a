import { expect, test } from 'vitest'
import { UsageError } from '../../ci/usage-error.ts'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { exitCodeOf, exitCodeOfError } from '../../scenarios/kit/exit-code.ts'
import type { Outcome } from '../../scenarios/kit/result.ts'
import { HarnessError } from '../../vm/harness-error.ts'

const cases: readonly (readonly [outcomes: readonly Outcome[], code: number])[] = [
  [['PASS'], 0],
  [['PASS', 'PASS'], 0],
  [['PASS', 'SKIP'], 0],
  [['FAIL'], 1],
  [['PASS', 'FAIL'], 1],
  [['ERROR', 'FAIL', 'SKIP'], 1],
  [['ERROR'], 2],
  [['PASS', 'ERROR'], 2],
  [['SKIP'], 2],
  [['SKIP', 'SKIP'], 2],
  [[], 2],
]

test.each(cases)('a run of %j ends with %d', (outcomes, code) => {
  expect(exitCodeOf(outcomes)).toBe(code)
})

test('what the user asked wrongly ends with 64, everything else that goes wrong with 2', () => {
  expect(exitCodeOfError(new UsageError('There is no such thing.'))).toBe(64)
  expect(exitCodeOfError(new HarnessError('KERNEL_UNKNOWN', 'No such kernel.', { blame: 'user' }))).toBe(64)
  expect(exitCodeOfError(new HarnessError('DISK_FULL', 'No room.'))).toBe(2)
  expect(exitCodeOfError(new SyscallError({ errno: 1, syscall: 'mount', args: [] }))).toBe(2)
  expect(exitCodeOfError(new Error('a defect'))).toBe(2)
  expect(exitCodeOfError('a text')).toBe(2)
})

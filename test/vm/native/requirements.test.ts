import { expect, test } from 'vitest'
import { DiagnosedError } from '../../../lib/kernel/diagnosis.ts'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import { requireNative } from '../../../vm/native/requirements.ts'

const ALL = (1n << 41n) - 1n

test('who may not mount is told to be root, or to take a guest', () => {
  expect(() => requireNative(ALL & ~(1n << 21n))).toThrow(
    /^This machine's own kernel, Linux \S+, can be tried only by root, with CAP_SYS_ADMIN: run it as root, or try another kernel in a guest, e\.g\. --kernel 6\.12\.$/,
  )
})

test('a machine without loop devices is told how to get them', () => {
  expect(() => requireNative(ALL, '/no/such/loop-control')).toThrow(
    /only with loop devices, and \/no\/such\/loop-control cannot be opened \(ENOENT\): run modprobe loop, or try/,
  )
})

test.each([
  ['the kernel’s plain refusal', (refused: SyscallError) => refused, /: clone\(CLONE_NEWUSER\).*EPERM/],
  [
    'a refusal that was looked into',
    (refused: SyscallError) =>
      new DiagnosedError(refused, { code: 'USERNS_IN_CHROOT', sentence: 'a process in a chroot can make none' }),
    /: a process in a chroot can make none \(clone: EPERM\)/,
  ],
])('where no user namespace can be made that is said, with %s', (_, looked, why) => {
  const refuse = (): never => {
    throw looked(new SyscallError({ errno: 1, syscall: 'clone', args: ['CLONE_NEWUSER'] }))
  }
  const act = () => requireNative(ALL, '/dev/null', refuse)
  expect(act).toThrow(/only where user namespaces can be made \(here: .*\), or try another kernel/)
  expect(act).toThrow(why)
})

test('it is the user’s to mend, and nothing is said about the kernel', () => {
  let thrown: unknown
  try {
    requireNative(0n)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'PREREQUISITE_MISSING', blame: 'user' })
})

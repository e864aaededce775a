import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { IdmaplabError } from '../../../lib/error.ts'
import { errnoName, SyscallError } from '../../../lib/kernel/errno.ts'

test('an errno has the name the kernel gives it', () => {
  expect([1, 2, 13, 22, 75].map(errnoName)).toEqual(['EPERM', 'ENOENT', 'EACCES', 'EINVAL', 'EOVERFLOW'])
})

test('of two names for one number the kernel’s own is taken', () => {
  expect(errnoName(constants.errno.EWOULDBLOCK)).toBe('EAGAIN')
  expect(errnoName(constants.errno.ENOTSUP)).toBe('EOPNOTSUPP')
})

test('a number without a name is shown as a number', () => {
  expect(errnoName(524)).toBe('ERRNO_524')
})

test('a refusal says who asked for what, and what the kernel answered', () => {
  const error = new SyscallError({ errno: 1, syscall: 'fchownat', args: ['/mnt/a', '0', '0'], actor: 'bob uid 1005' })
  expect(error.message).toBe('bob uid 1005: fchownat(/mnt/a, 0, 0) was refused with EPERM')
  expect(error).toMatchObject({ name: 'SyscallError', code: 'EPERM', errno: 1, syscall: 'fchownat', blame: 'kernel' })
  expect(error).toBeInstanceOf(IdmaplabError)
})

test('a refusal of this very process names nobody', () => {
  const error = new SyscallError({ errno: 2, syscall: 'statx', args: ['/absent'] })
  expect(error.message).toBe('statx(/absent) was refused with ENOENT')
  expect(error.actor).toBeUndefined()
})

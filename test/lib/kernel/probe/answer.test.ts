import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { SyscallError } from '../../../../lib/kernel/errno.ts'
import { no, present, tried, unknown, yes } from '../../../../lib/kernel/probe/answer.ts'

const refuse = (errno: number) => () => {
  throw new SyscallError({ errno, syscall: 'mount_setattr', args: ['fd 3'] })
}

test('an attempt that is not refused is a yes, or what it found', () => {
  expect(tried(() => undefined, {})).toEqual(yes())
  expect(tried(() => yes('so it was'), {})).toEqual({ state: 'yes', detail: 'so it was' })
  expect(tried(() => no('it lied'), {})).toEqual({ state: 'no', why: 'it lied' })
})

test('a refusal with an errno that means no is a no, with that errno and why', () => {
  expect(tried(refuse(constants.errno.EINVAL), { EINVAL: 'it cannot' })).toEqual({
    state: 'no',
    errno: 'EINVAL',
    why: 'it cannot',
  })
})

test('a refusal with any other errno says nothing about the feature', () => {
  const answer = tried(refuse(constants.errno.ENOSPC), { EINVAL: 'it cannot' })
  expect(answer).toMatchObject({
    state: 'unknown',
    needs: expect.stringMatching(/mount_setattr\(fd 3\) was refused with ENOSPC/),
  })
  expect(unknown('a try')).toEqual({ state: 'unknown', needs: 'a try' })
})

test('a defect of the library is no answer', () => {
  expect(() =>
    tried(() => {
      throw new TypeError('a defect')
    }, {}),
  ).toThrow('a defect')
})

test('a call is there when it answers, or refuses as only a call that is there does', () => {
  const { ENOSYS, EPERM, ENOMEM } = constants.errno
  expect([present(3, [], 'later'), present(-EPERM, ['EPERM'], 'later')]).toEqual([yes(), yes()])
  expect(present(-ENOSYS, ['EPERM'], 'it came later')).toEqual(no('it came later', 'ENOSYS'))
  expect([present(-EPERM, [], 'later').state, present(-ENOMEM, ['EPERM'], 'later').state]).toEqual([
    'unknown',
    'unknown',
  ])
})

import { expect, test } from 'vitest'
import { callProgram } from '../../../vm/guest/call-program.ts'
import { FakeGuest } from '../../scenarios/fake-guest.ts'

const LEASE = new URL('../../../vm/guest/programs/lease-range.ts', import.meta.url)

test('a program goes to a guest once, and is called as often as asked; each guest gets its own', async () => {
  const answers = { 'program.call': ({ argument }: { argument: unknown }) => [argument] }
  const [one, other] = [new FakeGuest(answers), new FakeGuest(answers)]
  expect(await Promise.all([callProgram(one, LEASE, 1), callProgram(one, LEASE, 2)])).toEqual([[1], [2]])
  await callProgram(other, LEASE, 3)
  expect([one, other].map(guest => guest.askedFor('program.load').length)).toEqual([1, 1])
  const [{ name, code } = { name: '', code: '' }] = one.askedFor('program.load')
  expect(name).toBe('lease-range.ts')
  expect(code).toMatch(/main/)
})

test('a guest that could not take it is asked again the next time', async () => {
  let refusals = 1
  const guest = new FakeGuest({
    'program.load': () => {
      if (refusals-- > 0) throw new Error('the guest was busy')
      return null
    },
  })
  await expect(callProgram(guest, LEASE, 1)).rejects.toThrow('busy')
  await callProgram(guest, LEASE, 1)
  expect(guest.askedFor('program.load')).toHaveLength(2)
})

import { expect, test } from 'vitest'
import { Leases } from '../../scenarios/kit/leases.ts'
import { Ledger } from '../../scenarios/kit/ledger.ts'
import { FakeGuest } from './fake-guest.ts'

const asked = { count: 10 }
const told = (answer: unknown) => {
  const guest = new FakeGuest({ 'program.call': () => answer })
  const ledger = new Ledger()
  return { guest, ledger, leases: new Leases(guest, ledger) }
}

test('a lease is held against its ids, and maps what was given', async () => {
  const { guest, ledger, leases } = told({
    pieces: [
      { from: 0, to: 131072, count: 10 },
      { from: 90, to: 90, count: 1 },
    ],
  })
  const map = await leases.gives('web', asked, '0 131072 10; 90 90 1')
  expect(ledger.checks).toMatchObject([{ claim: 'web is leased', outcome: 'PASS' }])
  expect(map.gid.lookup(9)).toBe(131081)
  expect(guest.askedFor('program.call')[0]?.argument).toEqual({ count: 10, name: 'web', owner: 'root' })
})

test('other ids, and a refusal, are failed claims', async () => {
  const { ledger, leases } = told({ pieces: [{ from: 0, to: 7, count: 10 }] })
  await leases.gives('web', asked, '0 131072 10')
  await leases.refuses('web', asked, 'Nothing is free.')
  const { leases: none, ledger: other } = told({ refused: 'Nothing is free.' })
  expect((await none.gives('web', asked, '0 131072 10')).uid.size).toBe(0)
  await none.refuses('web', asked, 'Nothing is free.')
  expect([...ledger.checks, ...other.checks].map(({ found, outcome }) => [found, outcome])).toEqual([
    ['0 7 10', 'FAIL'],
    ['0 7 10', 'FAIL'],
    ['Nothing is free.', 'FAIL'],
    ['Nothing is free.', 'PASS'],
  ])
})

test.each([[null], [{ pieces: [] }], [{ pieces: [{ from: -1, to: 0, count: 1 }] }], [{ refused: 7 }]])(
  'an answer that is no lease is the guest’s fault: %j',
  async answer => {
    await expect(told(answer).leases.gives('web', asked, '')).rejects.toMatchObject({ code: 'GUEST_PROTOCOL' })
  },
)

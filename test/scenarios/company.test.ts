import { expect, test } from 'vitest'
import { Actor } from '../../scenarios/kit/actor.ts'
import { Company } from '../../scenarios/kit/company.ts'
import { Ledger } from '../../scenarios/kit/ledger.ts'
import { type Answers, FakeGuest, refused } from './fake-guest.ts'

function company(answers: Answers = {}) {
  const guest = new FakeGuest(answers)
  const ledger = new Ledger()
  const [ada, ben] = [new Actor('box root', 1, guest, ledger), new Actor('host uid 7', 2, guest, ledger)]
  return { guest, ledger, company: new Company({ ada, ben }, guest, ledger) }
}

const seen = { peer: { uid: 1, gid: 2 }, sent: { uid: 3, gid: 4 }, passed: { uid: 5, gid: 6 } }

test.each([
  ['SO_PEERCRED', '1:2'],
  ['SCM_CREDENTIALS', '3:4'],
  ['fstat', '5:6'],
] as const)('what a receiver learns through %s is held against its column', async (channel, owner) => {
  const all = company({ 'socket.exchange': () => seen })
  await all.company.learn(channel, `who  ada  ben\nben  ${owner}  9:9`)
  expect(all.ledger.checks.map(({ claim, found, outcome }) => [claim, found, outcome])).toEqual([
    [`${channel}: ada sees ben`, owner, 'PASS'],
    [`${channel}: ben sees ben`, owner, 'FAIL'],
  ])
})

test('a sender may claim ids, or open a file to pass on', async () => {
  const { guest, company: these } = company({ 'socket.exchange': () => seen })
  await these.learn('SCM_CREDENTIALS', 'who  ben\nada as 7:8  3:4\nada /etc/motd  3:4')
  expect(guest.askedFor('socket.exchange')).toEqual([
    { from: 1, to: 2, claim: { uid: 7, gid: 8 }, file: null },
    { from: 1, to: 2, claim: null, file: '/etc/motd' },
  ])
})

test('whose a process is, the one asks who looks and the other is looked at', async () => {
  const { guest, company: these } = company({ 'process.owner': () => ({ uid: 0, gid: 0 }) })
  await these.learn('/proc/PID', 'who  ben\nada  0:0')
  expect(guest.askedFor('process.owner')).toEqual([{ actor: 2, of: 1 }])
})

test('a refusal stands in a cell by its errno', async () => {
  const all = company({
    'socket.exchange': () => {
      throw refused('EPERM', 'sendmsg')
    },
  })
  await all.company.learn('SCM_CREDENTIALS', 'who  ben\nada as 0:0  EPERM\nada  3:4')
  expect(all.ledger.checks.map(({ outcome }) => outcome)).toEqual(['PASS', 'FAIL'])
})

test.each([
  ['who  ben\nada to ben  0:0', /expected NAME, NAME as UID:GID or NAME \/FILE, found "ada to ben"/],
  ['who  ben\nada  0:0  1:1', /expected 1 owners after the sender/],
  ['who  ben\neve  0:0', /nobody called "eve"/],
  ['who  eve\nada  0:0', /nobody called "eve"/],
  ['who  ben', /expects nothing/],
])('a table that says something else is the story’s mistake: %j', async (table, complaint) => {
  await expect(company({ 'socket.exchange': () => seen }).company.learn('SO_PEERCRED', table)).rejects.toThrow(
    complaint,
  )
})

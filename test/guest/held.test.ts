import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Guest } from '../../vm/guest/guest.ts'
import { startGuest } from './lab.ts'

let guest: Guest
beforeAll(async () => {
  guest = await startGuest()
})
afterAll(() => guest[Symbol.asyncDispose]())

const one = { uid: [[0, 100000, 65536]], gid: [[0, 100000, 65536]] } as const
const held = (expected: number | null = null) => guest.call('held.count', { expected, limitMs: 5_000 })
const limit = async () =>
  Buffer.from(await guest.call('file.read', { actor: 0, path: '/proc/sys/user/max_user_namespaces' }), 'base64')

test('counting user namespaces makes none, and leaves the limit as it was', async () => {
  const before = await limit()
  const first = await held()
  expect(await held()).toEqual(first)
  expect(await limit()).toEqual(before)
})

test('each container is one user namespace and one descriptor more until it ends', async () => {
  const before = await held()
  const { actor } = await guest.call('actor.container', { name: 'one root', idmap: one, root: null })
  const another = await guest.call('actor.container', { name: 'two root', idmap: one, root: null })
  const more = { userNamespaces: before.userNamespaces + 2, descriptors: before.descriptors + 2 }
  expect(await held()).toEqual(more)
  await guest.call('actor.end', { actor })
  await guest.call('actor.end', { actor: another.actor })
  expect(await held(before.userNamespaces)).toEqual(before)
})

test('what was never plugged in cannot be taken out', async () => {
  const { actor } = await guest.call('actor.container', { name: 'three root', idmap: one, root: null })
  await expect(guest.call('mount.unplug', { actor, target: '/usr' })).rejects.toThrow('nothing was plugged in at /usr')
  await guest.call('actor.end', { actor })
})

import { expect, test } from 'vitest'
import { ArgumentError } from '../../../lib/kernel/argument-error.ts'
import { here } from '../../../lib/kernel/caller.ts'
import { idmapMount } from '../../../lib/kernel/idmapped-mount.ts'
import { bindMount } from '../../../lib/kernel/mount.ts'
import { createUserNamespace, UserNamespace } from '../../../lib/kernel/userns.ts'
import { UserNamespaceCache } from '../../../lib/kernel/userns-cache.ts'
import { both } from './native.ts'

const { uid } = both<'disk', 'host'>([0, 100000, 10])
const request = { source: '/', target: '/' }
const cache = new UserNamespaceCache()

// As a program without types would call.
test.each([
  ['a mount without a map', () => idmapMount(request as never)],
  ['a mount whose map was forgotten', () => idmapMount({ ...request, map: undefined } as never)],
  ['a mount whose namespace was forgotten', () => idmapMount({ ...request, userns: undefined } as never)],
  ['a mount with uids only', () => idmapMount({ ...request, map: { uid } } as never)],
  ['a namespace without maps', () => createUserNamespace(undefined as never)],
  ['a map of numbers', () => createUserNamespace({ uid: [0, 0, 1], gid: [0, 0, 1] } as never)],
  ['nothing borrowed from a cache', () => cache.borrow({ uid } as never)],
])('%s is told before any call is made', (_, act) => {
  expect(act).toThrow(expect.objectContaining({ name: 'ArgumentError', code: 'BAD_ARGUMENT', blame: 'user' }))
})

test.each([
  ['a path of a call', () => bindMount(here(), '/a\0b', '/')],
  ['a path of a namespace', () => UserNamespace.open('/proc/self\0/ns/user')],
  ['a path longer than all memory for paths', () => bindMount(here(), 'x'.repeat(2 ** 20), '/')],
])('%s that can be none is told, without the kernel being asked', (_, act) => {
  expect(act).toThrow(ArgumentError)
})

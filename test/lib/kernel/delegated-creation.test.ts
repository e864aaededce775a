import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { createDelegated } from '../../../lib/kernel/delegated-creation.ts'
import * as files from '../../../lib/kernel/files.ts'
import { idmapMount } from '../../../lib/kernel/idmapped-mount.ts'
import { unmount } from '../../../lib/kernel/mount.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import { becomeSomebody, taskInNamespace } from '../../../lib/kernel/userns-entry.ts'
import { both, mountsBelow, noIdmappedTmpfs, openDescriptors, testUnless } from './native.ts'

const natively = testUnless(noIdmappedTmpfs)
const shifted = both<'container', 'host'>([0, 100000, 65536])

let directory: DirectoryResult
const at = (name: string) => path.join(directory.path, name)

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  fs.chmodSync(directory.path, 0o755)
  for (const name of ['target', 'other', 'lower', 'upper', 'work']) fs.mkdirSync(at(name))
})
afterEach(async () => {
  for (const line of mountsBelow(directory.path).reverse()) unmount(here(), line.split(' ')[4] ?? '', { lazy: true })
  await directory.cleanup()
})

natively('a tmpfs opened in a user namespace belongs to it: its root directory, its ids, its options', () => {
  using owner = createUserNamespace(shifted)
  const mount = createDelegated({ type: 'tmpfs', owner, parameters: { mode: '750' }, attributes: { nosuid: true } })
  expect(mount.owner.namespace).toBe(owner.inode)
  expect(mount.owner.map.uid.lookup(5)).toBe(100005)
  expect(mount.root).toEqual({ uid: 100000, gid: 100000 })
  mount.attach(at('target'))
  expect(mount.closed).toBe(true)
  expect(mountsBelow(directory.path)[0]).toMatch(/ rw,nosuid,.* - tmpfs none .*uid=100000,gid=100000/)
  // The host's root has no id in it, so it can make nothing there, though it may do all else.
  expect(() => fs.writeFileSync(at('target/file'), '')).toThrow(/EOVERFLOW/)
})

natively('its own user namespace is no map for it, another is', () => {
  using owner = createUserNamespace(shifted)
  createDelegated({ type: 'tmpfs', owner }).attach(at('target'))
  const request = { source: at('target'), target: at('other') }
  expect(() => idmapMount({ ...request, userns: owner })).toThrow(
    expect.objectContaining({ code: 'USERNS_OF_SUPERBLOCK', errno: 22 }),
  )
  using _mount = idmapMount({ ...request, map: both<'disk', 'host'>([0, 300000, 65536]) })
})

natively('an overlay opened in a user namespace writes its upper layer with the ids of that one’s root', () => {
  using owner = createUserNamespace(shifted)
  for (const name of ['upper', 'work', 'lower']) fs.chownSync(at(name), 100000, 100000)
  const parameters = { lowerdir: at('lower'), upperdir: at('upper'), workdir: at('work') }
  createDelegated({ type: 'overlay', owner, parameters }).attach(at('target'))
  using root = taskInNamespace(owner, 'box root')
  becomeSomebody(root)
  files.createFile(root, at('target/new'), Buffer.alloc(0))
  expect(fs.statSync(at('upper/new')).uid).toBe(100000)
})

natively('the helper has no power outside: a layer it may not search is refused to it', () => {
  using owner = createUserNamespace(shifted)
  fs.mkdirSync(at('lower/secret'))
  fs.chmodSync(at('lower'), 0o700)
  const parameters = { lowerdir: at('lower/secret'), upperdir: at('upper'), workdir: at('work') }
  expect(() => createDelegated({ type: 'overlay', owner, parameters })).toThrow(/EACCES/)
})

natively('a file system for the initial root alone is refused, and by which rule', () => {
  using owner = createUserNamespace(shifted)
  expect(() => createDelegated({ type: 'ext4', owner, parameters: { source: '/dev/null' } })).toThrow(
    expect.objectContaining({
      code: 'FILESYSTEM_NOT_FOR_USERNS',
      errno: 1,
      message: expect.stringMatching(/FS_USERNS_MOUNT/),
    }),
  )
  for (const type of ['proc', 'sysfs'])
    expect(() => createDelegated({ type, owner })).toThrow(
      /shows a (pid|network) namespace, and the user namespace owns none/,
    )
})

natively('an option it does not know is refused by the file system itself', () => {
  using owner = createUserNamespace(shifted)
  expect(() => createDelegated({ type: 'tmpfs', owner, parameters: { sizes: '1m' } })).toThrow(
    /fsconfig\(fd \d+, sizes, "1m"\) was refused with EINVAL: the file system does not know this parameter/,
  )
})

natively('refused or let go, it leaves no mount and no descriptor', () => {
  using owner = createUserNamespace(shifted)
  const before = openDescriptors()
  createDelegated({ type: 'tmpfs', owner }).close()
  expect(() => createDelegated({ type: 'ext4', owner })).toThrow()
  expect(openDescriptors()).toEqual(before)
  expect(mountsBelow(directory.path)).toEqual([])
})

import fs from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect } from 'vitest'
import { call, here } from '../../../lib/kernel/caller.ts'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import * as files from '../../../lib/kernel/files.ts'
import { idmapMount, tryIdmap } from '../../../lib/kernel/idmapped-mount.ts'
import {
  attach,
  bindMount,
  closeFd,
  mountFilesystem,
  openDetachedCopy,
  setIdmap,
  unmount,
} from '../../../lib/kernel/mount.ts'
import { CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import { both, mountsBelow, noIdmappedTmpfs, openDescriptors, testUnless } from './native.ts'

const natively = testUnless(noIdmappedTmpfs)

const map = both<'disk', 'host'>([0, 100000, 1000], [1005, 1005, 1])

let directory: DirectoryResult
let mounts: string[]
let before: string[]
const at = (name: string) => path.join(directory.path, name)

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  mounts = []
  for (const name of ['source', 'target', 'other']) fs.mkdirSync(at(name))
  mountFilesystem(here(), { source: 'tmpfs', target: at('source'), type: 'tmpfs', options: 'mode=0755' })
  mounts.push(at('source'))
  for (const id of [0, 7, 1005, 5000]) {
    fs.writeFileSync(at(`source/of-${id}`), '')
    fs.chownSync(at(`source/of-${id}`), id, id)
  }
  before = mountsBelow(directory.path)
})
afterEach(async () => {
  for (const mount of mounts.reverse()) unmount(here(), mount, { lazy: true })
  await directory.cleanup()
})

function mapped(source: string, target: string): void {
  idmapMount({ source: at(source), target: at(target), map })
  mounts.push(at(target))
}

function refusal(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

const owners = (place: string) =>
  fs.readdirSync(at(place)).map(name => `${name} is ${fs.statSync(at(`${place}/${name}`)).uid}`)

natively('shows each id as its map says, and those without one as 65534; the source stays as it is', () => {
  mapped('source', 'target')
  expect(owners('target').sort()).toEqual(['of-0 is 100000', 'of-1005 is 1005', 'of-5000 is 65534', 'of-7 is 100007'])
  expect(owners('source').sort()).toEqual(['of-0 is 0', 'of-1005 is 1005', 'of-5000 is 5000', 'of-7 is 7'])
})

natively('writes the disk’s ids, and refuses to write an id it has no disk id for', () => {
  mapped('source', 'target')
  fs.chownSync(at('target/of-0'), 100009, 1005)
  expect(files.stat(here(), at('source/of-0'))).toMatchObject({ uid: 9, gid: 1005 })
  const error = refusal(() => files.changeOwner(here(), at('target/of-0'), 5000, 0))
  expect(error).toMatchObject({ code: 'EOVERFLOW' })
  expect(refusal(() => files.createFile(here(), at('target/new'), Buffer.alloc(0)))).toMatchObject({
    code: 'EOVERFLOW',
  })
})

natively('leaves no descriptor behind, made or refused', () => {
  const descriptors = openDescriptors()
  mapped('source', 'target')
  refusal(() => idmapMount({ source: at('source'), target: at('absent'), map }))
  tryIdmap(at('source'), map)
  expect(openDescriptors()).toEqual(descriptors)
})

natively('is made wholly or not at all: no target, no mount', () => {
  const error = refusal(() => idmapMount({ source: at('source'), target: at('absent'), map }))
  expect(error).toBeInstanceOf(SyscallError)
  expect(error).toMatchObject({ code: 'PATH_MISSING', errno: constants.errno.ENOENT, syscall: 'move_mount' })
  expect(mountsBelow(directory.path)).toEqual(before)
})

natively('is not made of a source that is not there, or over a file', () => {
  fs.writeFileSync(at('file'), '')
  expect(refusal(() => idmapMount({ source: at('absent'), target: at('target'), map }))).toMatchObject({
    code: 'PATH_MISSING',
    errno: constants.errno.ENOENT,
    syscall: 'open_tree',
  })
  expect(refusal(() => idmapMount({ source: at('source'), target: at('file'), map }))).toMatchObject({
    syscall: 'move_mount',
  })
  expect(mountsBelow(directory.path)).toEqual(before)
})

natively('that is only tried is seen by nobody', () => {
  tryIdmap(at('source'), map)
  expect(mountsBelow(directory.path)).toEqual(before)
  expect(refusal(() => tryIdmap('/proc', map))).toMatchObject({
    code: 'FILESYSTEM_NOT_IDMAPPABLE',
    errno: 22,
    syscall: 'mount_setattr',
  })
})

natively('can be given a map once: a copy that has one is refused another', () => {
  const namespace = createUserNamespace(map)
  const copy = openDetachedCopy(here(), at('source'))
  setIdmap(here(), copy, namespace.fd)
  expect(refusal(() => setIdmap(here(), copy, namespace.fd))).toMatchObject({ code: 'EPERM' })
  closeFd(here(), copy)
  namespace.close()
})

natively('cannot be the source of a second one', () => {
  mapped('source', 'target')
  const once = mountsBelow(directory.path)
  const again = refusal(() => idmapMount({ source: at('target'), target: at('other'), map }))
  expect(again).toMatchObject({ code: 'MOUNT_ALREADY_IDMAPPED', errno: 1, syscall: 'mount_setattr' })
  expect(mountsBelow(directory.path)).toEqual(once)
})

natively('cannot be made where it is attached already', () => {
  bindMount(here(), at('source'), at('target'))
  mounts.push(at('target'))
  const namespace = createUserNamespace(map)
  const O_PATH = 0o10000000
  const attached = call(here(), 'openat', [-100, at('target'), O_PATH, 0])
  expect(refusal(() => setIdmap(here(), attached, namespace.fd))).toMatchObject({ code: 'EINVAL' })
  closeFd(here(), attached)
  namespace.close()
})

natively('by hand, step by step, is the same mount', () => {
  const namespace = createUserNamespace(map)
  const copy = openDetachedCopy(here(), at('source'))
  setIdmap(here(), copy, namespace.fd)
  attach(here(), copy, at('target'))
  mounts.push(at('target'))
  closeFd(here(), copy)
  namespace.close()
  expect(fs.statSync(at('target/of-7')).uid).toBe(100007)
})

natively('takes uids and gids from their own half of the map', () => {
  const halves = { uid: map.uid, gid: both<'disk', 'host'>([0, 200000, 1000]).gid }
  idmapMount({ source: at('source'), target: at('target'), map: halves })
  mounts.push(at('target'))
  expect(files.stat(here(), at('target/of-7'))).toMatchObject({ uid: 100007, gid: 200007 })
})

natively('is known to a task of the container as the container’s own', () => {
  mapped('source', 'target')
  const namespace = createUserNamespace(both<'container', 'host'>([0, 100000, 65536]))
  using task = new Task()
  const inTask = call(task, 'openat', [-100, `/proc/${process.pid}/fd/${namespace.fd}`, 0, 0])
  call(task, 'setns', [inTask, CLONE_NEWUSER])
  expect(files.stat(task, at('target/of-7'))).toMatchObject({ uid: 7, gid: 7 })
  expect(files.stat(task, at('source/of-7'))).toMatchObject({ uid: 65534, gid: 65534 })
  namespace.close()
})

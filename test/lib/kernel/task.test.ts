import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { become, changeRoot, enterContainer } from '../../../lib/kernel/credentials.ts'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import * as files from '../../../lib/kernel/files.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import { both, noNamespaces, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)

const empty = Buffer.alloc(0)

let directory: DirectoryResult
const tasks: Task[] = []
const at = (name: string) => path.join(directory.path, name)

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  fs.chmodSync(directory.path, 0o777)
})
afterEach(async () => {
  for (const task of tasks.splice(0)) task.close()
  await directory.cleanup()
})

/** The root of a container that has host ids 100000 to 165535. */
function containerRoot(): Task {
  const task = new Task({ flags: CLONE_NEWUSER | CLONE_NEWNS, name: 'box root' })
  tasks.push(task)
  writeIdMaps(task.pid, both<'container', 'host'>([0, 100000, 65536]))
  become(task, { uid: 0, gid: 0 })
  return task
}

function containerUser(root: Task, credentials: { uid: number; gid: number; groups?: number[] }): Task {
  const task = new Task({ name: `box uid ${credentials.uid}` })
  tasks.push(task)
  enterContainer(task, root.pid)
  become(task, credentials)
  return task
}

function refusal(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

natively('makes files that are its own inside and shifted outside', () => {
  const root = containerRoot()
  files.createFile(root, at('by-root'), empty)
  files.createFile(root, at('given'), empty)
  files.changeOwner(root, at('given'), 1005, 1006)
  expect(files.stat(root, at('given'))).toMatchObject({ uid: 1005, gid: 1006 })
  expect(files.stat(here(), at('by-root'))).toMatchObject({ uid: 100000, gid: 100000 })
  expect(files.stat(here(), at('given'))).toMatchObject({ uid: 101005, gid: 101006 })
})

natively('sees whoever has no id inside as 65534', () => {
  fs.writeFileSync(at('of-host-root'), '')
  expect(files.stat(containerRoot(), at('of-host-root'))).toMatchObject({ uid: 65534, gid: 65534 })
})

natively('is refused with the kernel’s own errno, under its name', () => {
  fs.writeFileSync(at('of-host-root'), '')
  const root = containerRoot()
  const error = refusal(() => files.changeOwner(root, at('of-host-root'), 0, 0))
  expect(error).toBeInstanceOf(SyscallError)
  expect(error).toMatchObject({ code: 'EPERM', actor: 'box root' })
  expect(refusal(() => files.writeFile(root, at('of-host-root'), empty))).toMatchObject({ code: 'EACCES' })
  expect(refusal(() => files.changeOwner(root, directory.path, 70000, 0))).toMatchObject({ code: 'EINVAL' })
})

natively('has users beside it, in the same namespaces, with their groups and without its powers', () => {
  const root = containerRoot()
  const user = containerUser(root, { uid: 1005, gid: 1006, groups: [50] })
  files.createFile(user, at('by-user'), empty)
  files.createFile(root, at('for-group-50'), empty, 0o660)
  files.changeOwner(root, at('for-group-50'), 0, 50)
  files.changeMode(root, at('for-group-50'), 0o660)
  files.writeFile(user, at('for-group-50'), Buffer.from('mine too'))
  expect(files.stat(here(), at('by-user'))).toMatchObject({ uid: 101005, gid: 101006 })
  expect(refusal(() => files.changeOwner(user, at('by-user'), 0, 0))).toMatchObject({
    code: 'EPERM',
    actor: 'box uid 1005',
  })
  expect(fs.readlinkSync(`/proc/${user.pid}/ns/user`)).toBe(fs.readlinkSync(`/proc/${root.pid}/ns/user`))
})

natively('has a root directory of its own; this process keeps the one it had', () => {
  fs.mkdirSync(at('rootfs'))
  const root = containerRoot()
  changeRoot(root, at('rootfs'))
  fs.chownSync(at('rootfs'), 100000, 100000)
  files.createFile(root, '/hello', empty)
  expect(fs.existsSync(at('rootfs/hello'))).toBe(true)
})

natively('can be given its maps once', () => {
  const root = containerRoot()
  const again = refusal(() => writeIdMaps(root.pid, both<'container', 'host'>([0, 0, 1])))
  expect(again).toMatchObject({
    code: 'USERNS_MAP_WRITTEN_ALREADY',
    errno: 1,
    args: [`/proc/${root.pid}/uid_map`, '"0 0 1\\n"'],
  })
})

import fs from 'node:fs'
import { dirSync } from 'tmp-promise'
import { expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { capabilitySets, hasCapability, setCapabilitySets } from '../../../lib/kernel/capability-sets.ts'
import { setFilesystemIds } from '../../../lib/kernel/credentials.ts'
import * as files from '../../../lib/kernel/files.ts'
import { Task } from '../../../lib/kernel/task.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import { becomeSomebody, taskInNamespace } from '../../../lib/kernel/userns-entry.ts'
import { both, noNamespaces, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)
const SYS_ADMIN = 21

function inDirectory(act: (path: string) => void): void {
  const directory = dirSync({ unsafeCleanup: true })
  try {
    fs.chmodSync(directory.name, 0o777)
    act(directory.name)
  } finally {
    directory.removeCallback()
  }
}

natively('file-system ids are whose new files are; what the task may do else stays', () => {
  inDirectory(directory => {
    using task = new Task({ name: 'a server' })
    setFilesystemIds(task, { uid: 1234, gid: 3_000_000_000 })
    files.createFile(task, `${directory}/mine`, Buffer.alloc(0))
    expect(files.stat(here(), `${directory}/mine`)).toMatchObject({ uid: 1234, gid: 3_000_000_000 })
    expect(fs.readFileSync(`/proc/${task.pid}/status`, 'utf8')).toMatch(/^Uid:\t0\t0\t0\t1234$/m)
    setFilesystemIds(task, { uid: 0, gid: 0 })
    files.createFile(task, `${directory}/roots`, Buffer.alloc(0))
    expect(files.stat(here(), `${directory}/roots`)).toMatchObject({ uid: 0, gid: 0 })
  })
})

natively('file-system ids the namespace does not have are refused, though the call itself is silent', () => {
  using namespace = createUserNamespace(both<'container', 'host'>([0, 100000, 10]))
  using root = taskInNamespace(namespace, 'box root')
  becomeSomebody(root)
  expect(() => setFilesystemIds(root, { uid: 10 })).toThrow('box root: setfsuid(10) was refused with EINVAL')
  expect(() => setFilesystemIds(root, { gid: 9 })).not.toThrow()
})

natively('file-system ids of others are refused to who has no power', () => {
  using task = new Task({ name: 'nobody special' })
  setCapabilitySets(task, { effective: 0n, permitted: 0n, inheritable: 0n })
  expect(() => setFilesystemIds(task, { uid: 5 })).toThrow('setfsuid(5) was refused with EPERM')
  expect(fs.readFileSync(`/proc/${task.pid}/status`, 'utf8')).toMatch(/^Uid:\t0\t0\t0\t0$/m)
})

natively('capabilities are read as they are, and given up one by one but never got back', () => {
  using task = new Task({ name: 'a task' })
  const all = capabilitySets(task)
  expect(all).toEqual(capabilitySets(here()))
  expect(hasCapability(task, SYS_ADMIN)).toBe(true)
  const fewer = { ...all, effective: all.effective & ~(1n << 21n), permitted: all.permitted & ~(1n << 21n) }
  setCapabilitySets(task, fewer)
  expect(capabilitySets(task)).toEqual(fewer)
  expect(hasCapability(task, SYS_ADMIN)).toBe(false)
  expect(() => setCapabilitySets(task, all)).toThrow(
    /EPERM: a capability was asked for that the caller is not permitted/,
  )
  expect(hasCapability(here(), SYS_ADMIN)).toBe(true)
})

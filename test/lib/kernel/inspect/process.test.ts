import { afterEach, expect, test } from 'vitest'
import { call } from '../../../../lib/kernel/caller.ts'
import type { NamespaceLevel } from '../../../../lib/kernel/inspect/namespaces.ts'
import { idsAt, inspectProcess } from '../../../../lib/kernel/inspect/process.ts'
import { enterNamespace, unshareNamespace } from '../../../../lib/kernel/namespaces.ts'
import { parseProcessStatus } from '../../../../lib/kernel/process-status.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from '../../../../lib/kernel/task.ts'
import { createUserNamespace } from '../../../../lib/kernel/userns.ts'
import { writeIdMaps } from '../../../../lib/kernel/userns-maps.ts'
import { both, noNamespaces, testUnless } from '../native.ts'

const natively = testUnless(noNamespaces)
const tasks: Task[] = []
afterEach(() => {
  for (const task of tasks.splice(0)) task.close()
})

const level = (name: string, map: NamespaceLevel['map']): NamespaceLevel => ({ name, initial: false, owner: 0, map })
const status = parseProcessStatus(
  'Name:\tx\nUid:\t101005 100000 5 101005\nGid:\t100007 100007 100007 100007\nGroups:\t100050 27\n',
)

test('ids are told as a namespace has them, those it has none for as nobody', () => {
  const chain = [
    level('host', both([0, 0, 4294967295])),
    level('box', both([0, 100000, 65536])),
    level('inner', both([0, 101000, 10])),
  ]
  expect(idsAt(status, chain.slice(0, 1)).uid).toEqual({
    real: 101005,
    effective: 100000,
    saved: 5,
    filesystem: 101005,
  })
  expect(idsAt(status, chain.slice(0, 2))).toMatchObject({
    uid: { real: 1005, effective: 0, saved: 'nobody', filesystem: 1005 },
    gid: { real: 7 },
    groups: [50, 'nobody'],
  })
  expect(idsAt(status, chain).uid).toEqual({ real: 5, effective: 'nobody', saved: 'nobody', filesystem: 5 })
})

natively('a process of a nested container is told in every namespace, with what its capabilities count for', () => {
  using outer = createUserNamespace(both<'container', 'host'>([0, 100000, 65536]))
  using inner = createUserNamespace(both<'inner', 'container'>([0, 1000, 100]), { parent: outer })
  const task = new Task({ keep: [outer.fd, inner.fd] })
  tasks.push(task)
  enterNamespace(task, outer.fd, 'user')
  unshareNamespace(task, 'mnt')
  enterNamespace(task, inner.fd, 'user')
  for (const name of ['setresgid', 'setresuid'] as const) call(task, name, [5, 5, 5])
  const found = inspectProcess(task.pid)
  expect(found.levels.map(({ uid }) => uid.real)).toEqual([101005, 1005, 5])
  expect(found.levels.map(({ namespace }) => namespace.name).slice(1)).toEqual([
    `user:[${outer.inode}]`,
    `user:[${inner.inode}]`,
  ])
  const mounts = found.namespaces.find(({ kind }) => kind === 'mnt')
  expect(mounts).toMatchObject({ owner: `user:[${outer.inode}]`, reach: 'owned by a namespace outside' })
})

natively('a container’s root has power over its own mounts and none over the host’s network', () => {
  const task = new Task({ flags: CLONE_NEWUSER | CLONE_NEWNS })
  tasks.push(task)
  writeIdMaps(task.pid, both([0, 100000, 65536]))
  const { namespaces, status: who, levels } = inspectProcess(task.pid)
  const reach = Object.fromEntries(namespaces.map(entry => [entry.kind, entry.reach]))
  expect(reach).toMatchObject({ mnt: 'owned by its user namespace', net: 'owned by a namespace outside' })
  expect(who.capabilities.effective).not.toBe(0n)
  // Born by host root, who has no id inside.
  expect(levels.at(-1)?.uid.real).toBe('nobody')
})

test('a process that is not there is the user’s error', () => {
  expect(() => inspectProcess(0x3fffffff)).toThrow(
    expect.objectContaining({ code: 'INSPECT_NO_PROCESS', blame: 'user' }),
  )
})

import fs from 'node:fs'
import v8 from 'node:v8'
import vm from 'node:vm'
import { expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { become, changeRoot } from '../../../lib/kernel/credentials.ts'
import { Descriptor } from '../../../lib/kernel/descriptor.ts'
import type { SyscallError } from '../../../lib/kernel/errno.ts'
import * as files from '../../../lib/kernel/files.ts'
import { mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { namespaceType } from '../../../lib/kernel/namespace-ioctl.ts'
import { unshareNamespace } from '../../../lib/kernel/namespaces.ts'
import { CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { createUserNamespace, UserNamespace } from '../../../lib/kernel/userns.ts'
import { taskInNamespace } from '../../../lib/kernel/userns-entry.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import { whyNoUserNamespace } from '../../../lib/kernel/userns-refusal.ts'
import { both, noNamespaces, openDescriptors, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)
const shifted = both<'container', 'host'>([0, 100000, 65536])

function refusal(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

natively('has the maps it was made with, read back from the kernel', () => {
  const halves = { uid: shifted.uid, gid: both<'container', 'host'>([0, 200000, 10], [50, 50, 1]).gid }
  using namespace = createUserNamespace(halves)
  const read = namespace.maps()
  expect(read.uid.equals(halves.uid) && read.gid.equals(halves.gid)).toBe(true)
  expect(namespaceType(here(), namespace.fd)).toBe(CLONE_NEWUSER)
})

natively('is the same one by whichever way it is opened', () => {
  using namespace = createUserNamespace(shifted)
  using again = UserNamespace.ofDescriptor(namespace.fd)
  using task = taskInNamespace(namespace, 'somebody in it')
  using ofTask = UserNamespace.of(task.pid)
  expect([again.inode, ofTask.inode]).toEqual([namespace.inode, namespace.inode])
  expect(again.fd).not.toBe(namespace.fd)
})

natively('of this very process can be looked at as well', () => {
  using own = UserNamespace.of(process.pid)
  expect(own.maps().uid.lookup(0)).toBeDefined()
})

natively('without maps reads as two empty ones', () => {
  using task = new Task({ flags: CLONE_NEWUSER })
  using namespace = UserNamespace.of(task.pid)
  expect(namespace.maps().uid.size + namespace.maps().gid.size).toBe(0)
})

natively('leaves no descriptor and no process behind, made or refused', () => {
  const before = openDescriptors()
  createUserNamespace(shifted).close()
  refusal(() => createUserNamespace(both(...Array.from({ length: 341 }, (_, i) => [2 * i, 2 * i, 1] as const))))
  expect(openDescriptors()).toEqual(before)
  expect(fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')).toBe('')
})

natively('that is used after it was closed says so', () => {
  const namespace = createUserNamespace(shifted)
  namespace.close()
  namespace.close()
  expect(() => namespace.fd).toThrow(/the user namespace \d+ was closed and cannot be used any more/)
})

natively('that nobody closed is closed by the garbage collector, with a warning', async () => {
  v8.setFlagsFromString('--expose_gc')
  const collect: () => void = vm.runInNewContext('gc')
  const file = fs.openSync('/proc/self/ns/user', 'r')
  const warning = new Promise<Error & { code?: string }>(resolve => process.once('warning', resolve))
  ;(() => new Descriptor(file, 'a thing'))()
  const turns = setInterval(collect, 1)
  const { code, message } = await warning
  clearInterval(turns)
  expect({ code, message }).toEqual({
    code: 'IDMAPLAB_LEAK',
    message: `a thing was never closed; its descriptor ${file} is closed now`,
  })
})

natively('nested in another has ids of that one, cut where its map has borders', () => {
  using first = new Task({ flags: CLONE_NEWUSER })
  // Neighbours that an IdMap would join; the kernel keeps them apart.
  for (const half of ['uid', 'gid'])
    fs.writeFileSync(`/proc/${first.pid}/${half}_map`, '0 100000 1000\n1000 101000 1000\n2000 5 10\n')
  using parent = UserNamespace.of(first.pid)
  using inner = createUserNamespace(both<'inner', 'container'>([0, 500, 1505]), { parent })
  using task = taskInNamespace(inner, 'somebody in it')
  const written = fs.readFileSync(`/proc/${task.pid}/uid_map`, 'utf8').split('\n')
  expect(written.map(line => line.trim().replace(/ +/g, ' '))).toEqual([
    '0 100500 500',
    '500 101000 1000',
    '1500 5 5',
    '',
  ])
  expect(`${inner.maps().uid}`).toBe('0..1499→100500, 1500..1504→5')
})

natively('nested with ids its parent does not have is refused, with the extent', () => {
  using parent = createUserNamespace(shifted)
  const error = refusal(() => createUserNamespace(both<'inner', 'container'>([0, 0, 10], [10, 70000, 1]), { parent }))
  expect(error).toMatchObject({ code: 'USERNS_MAP_REFUSED', errno: 1 })
  expect((error as Error).message).toMatch(/uid_map refuses the extent \(10 70000 1\): the writer’s own user namespace/)
})

natively('can be nested 33 deep; the next says how deep it would be', () => {
  const all = [createUserNamespace(both<'container', 'host'>([0, 0, 65536]))]
  try {
    const error = refusal(() => {
      for (;;) {
        const parent = all.at(-1)
        all.push(createUserNamespace(both<'inner', 'container'>([0, 0, 65536]), parent ? { parent } : {}))
      }
    })
    expect(error).toMatchObject({ code: 'USERNS_TOO_DEEP', errno: 28 })
    expect((error as Error).message).toContain('the user namespace would be 34 deep')
  } finally {
    for (const namespace of all) namespace.close()
  }
})

natively('is refused where user.max_user_namespaces is used up, which is named with its value', () => {
  using parent = createUserNamespace(both<'container', 'host'>([0, 0, 65536]))
  using root = taskInNamespace(parent, 'root of it')
  // The limit is the namespace's own: nobody outside notices.
  files.writeFile(root, '/proc/sys/user/max_user_namespaces', Buffer.from('0\n'))
  const error = refusal(() => createUserNamespace(both<'inner', 'container'>([0, 0, 1]), { parent }))
  expect(error).toMatchObject({ code: 'USERNS_LIMIT', errno: 28 })
  expect((error as Error).message).toContain('user.max_user_namespaces is 0 here')
})

natively('is refused to somebody in a chroot, which is said', () => {
  const root = fs.mkdtempSync('/tmp/idmaplab-chroot-')
  fs.mkdirSync(`${root}/proc`)
  mountFilesystem(here(), { source: 'proc', target: `${root}/proc`, type: 'proc' })
  try {
    using task = new Task({ name: 'in a chroot' })
    changeRoot(task, root)
    const refused = refusal(() => unshareNamespace(task, 'user'))
    expect(whyNoUserNamespace(task, refused as SyscallError)).toMatchObject({ code: 'USERNS_IN_CHROOT' })
  } finally {
    unmount(here(), `${root}/proc`)
    fs.rmSync(root, { recursive: true })
  }
})

natively('takes a map once, and says what it has', () => {
  using task = new Task({ flags: CLONE_NEWUSER })
  writeIdMaps(task.pid, shifted)
  const error = refusal(() => writeIdMaps(task.pid, both<'container', 'host'>([0, 0, 1])))
  expect(error).toMatchObject({ code: 'USERNS_MAP_WRITTEN_ALREADY', errno: 1 })
  expect((error as Error).message).toContain('it is "0 100000 65536"')
})

natively('takes no map from somebody without power over the parent, and says which', () => {
  using task = new Task({ flags: CLONE_NEWUSER })
  using user = new Task({ name: 'uid 1000' })
  become(user, { uid: 1000, gid: 1000 })
  const error = refusal(() => writeIdMaps(task.pid, shifted, user))
  expect(error).toMatchObject({ errno: expect.any(Number), actor: 'uid 1000' })
})

import fs from 'node:fs'
import os from 'node:os'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { readAcl, writeAcl } from '../../../../lib/kernel/acl.ts'
import { type Caller, call, here } from '../../../../lib/kernel/caller.ts'
import { changeRoot } from '../../../../lib/kernel/credentials.ts'
import { SyscallError } from '../../../../lib/kernel/errno.ts'
import { writeFileCapability } from '../../../../lib/kernel/file-capability.ts'
import * as files from '../../../../lib/kernel/files.ts'
import { inspectPath, type PathInspection } from '../../../../lib/kernel/inspect/inspect.ts'
import { rawView } from '../../../../lib/kernel/inspect/raw-view.ts'
import { mountFilesystem } from '../../../../lib/kernel/mount.ts'
import { describeMount } from '../../../../lib/kernel/mount-facts.ts'
import { enterNamespace, unshareNamespace } from '../../../../lib/kernel/namespaces.ts'
import { statusOf } from '../../../../lib/kernel/statx.ts'
import { syscallNumbers } from '../../../../lib/kernel/syscall-numbers.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from '../../../../lib/kernel/task.ts'
import { createUserNamespace } from '../../../../lib/kernel/userns.ts'
import { writeIdMaps } from '../../../../lib/kernel/userns-maps.ts'
import { children, noLoopDevices, TestBed } from '../looking.ts'
import { both, mountsBelow, noIdmappedTmpfs, openDescriptors, testUnless } from '../native.ts'
import { runsAtLeast } from '../running-kernel.ts'

const natively = testUnless(noIdmappedTmpfs)
const onDisk = testUnless(noIdmappedTmpfs ?? noLoopDevices)
const overlaid = testUnless(
  noIdmappedTmpfs ??
    (fs.readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n') ? undefined : 'needs overlayfs'),
)

let bed: TestBed
const tasks: Task[] = []
beforeEach(() => {
  bed = new TestBed()
})
afterEach(() => {
  for (const task of tasks.splice(0)) task.close()
  bed[Symbol.dispose]()
})

/** The root of a container with host ids from 100000 on, and mounts of its own. */
function container(map = both<'container', 'host'>([0, 100000, 65536])): Task {
  const task = new Task({ flags: CLONE_NEWUSER | CLONE_NEWNS, name: 'box root' })
  tasks.push(task)
  writeIdMaps(task.pid, map)
  for (const name of ['setresgid', 'setresuid'] as const) call(task, name, [0, 0, 0])
  return task
}

const brief = ({ ids }: PathInspection) => ids.map(({ what, disk, host, seen }) => `${what} ${disk} ${host} ${seen}`)
const ownerWords = (found: PathInspection) => found.ids[0]?.words

onDisk('an ext4 through an idmapped mount, in a container: every id of the file, as the kernel shows it', () => {
  const disk = bed.ext4('disk')
  const file = bed.file(disk, 'file', 1005, 7)
  writeAcl(here(), file, 'access', [
    { tag: 'user_obj', permissions: 6 },
    { tag: 'user', permissions: 6, id: 33 },
    { tag: 'user', permissions: 4, id: 70000 },
    { tag: 'group_obj', permissions: 4 },
    { tag: 'group', permissions: 4, id: 5000 },
    { tag: 'mask', permissions: 7 },
    { tag: 'other', permissions: 0 },
  ])
  writeFileCapability(here(), file, { version: 3, effective: true, permitted: 1n << 13n, inheritable: 0n, rootid: 5 })
  const mapped = bed.idmapped(disk, 'mapped', both([0, 100000, 1000], [1005, 1005, 1]))
  const found = inspectPath(`${mapped}/file`, { pid: container().pid })
  expect(brief(found)).toEqual([
    'owner 1005 1005 nobody',
    'group 7 100007 7',
    'access ACL 33 100033 33',
    'access ACL 70000 nobody nobody',
    'access ACL 5000 nobody nobody',
    'file capability 5 100005 5',
  ])
  expect(found.ids.map(({ grants }) => grants)).toEqual([undefined, undefined, 'rw-', 'r--', 'r--', 'cap_net_raw'])
  expect(ownerWords(found)).toMatch(
    /^disk uid 1005 → host 1005 \(u 1005 1005 1\) → the map of user:\[\d+\] has no extent that leads to host 1005 \(it maps 0\.\.65535→100000\) → shown as 65534 \(overflow uid\)$/,
  )
  expect(found.mount).toMatchObject({ type: 'ext4', mountPoint: mapped, root: '/' })
  expect(found.superblock.state).toBe('initial')
  expect(found.ids.some(({ words }) => words.includes('yet the kernel'))).toBe(false)
})

natively('the default ACL of a directory is looked at too, and a symbolic link’s own is not the file’s', () => {
  const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
  writeAcl(here(), disk, 'default', [
    { tag: 'user_obj', permissions: 7 },
    { tag: 'group_obj', permissions: 5 },
    { tag: 'group', permissions: 7, id: 1005 },
    { tag: 'mask', permissions: 7 },
    { tag: 'other', permissions: 0 },
  ])
  expect(brief(inspectPath(disk))).toEqual(['owner 0 0 0', 'group 0 0 0', 'default ACL 1005 1005 1005'])
  fs.symlinkSync(bed.file(disk, 'file', 9), `${disk}/link`)
  expect(brief(inspectPath(`${disk}/link`)).slice(0, 1)).toEqual(['owner 9 9 9'])
})

natively('nested containers are told level by level', () => {
  const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
  const file = bed.file(disk, 'file', 101005)
  using outer = createUserNamespace(both<'container', 'host'>([0, 100000, 65536]))
  using inner = createUserNamespace(both<'inner', 'container'>([0, 1000, 100]), { parent: outer })
  const task = new Task({ keep: [inner.fd] })
  tasks.push(task)
  enterNamespace(task, inner.fd, 'user')
  const found = inspectPath(file, { pid: task.pid })
  expect(found.chain.map(({ name }) => name).slice(1)).toEqual([`user:[${outer.inode}]`, `user:[${inner.inode}]`])
  expect(ownerWords(found)).toBe(
    `disk uid 101005 → host 101005 → user:[${outer.inode}] 1005 (u 0 100000 65536) → container 5 (u 0 1000 100)`,
  )
  expect(statusOf(task, file).uid).toBe(5)
})

natively('what a container mounted itself has ids of the container’s own', () => {
  const box = container()
  fs.mkdirSync(bed.at('own'))
  mountFilesystem(box, { source: 'none', target: bed.at('own'), type: 'tmpfs', options: 'mode=0755' })
  files.createFile(box, bed.at('own/file'), Buffer.alloc(0))
  files.changeOwner(box, bed.at('own/file'), 7, 8)
  const found = inspectPath(bed.at('own/file'), { pid: box.pid })
  expect(found.superblock).toMatchObject({ state: 'namespace', namespace: { name: found.chain.at(-1)?.name } })
  expect(brief(found)).toEqual(['owner 7 100007 7', 'group 8 100008 8'])
  expect(mountsBelow(bed.at(''))).toEqual([])
})

overlaid('an overlay shows the ids its idmapped layer gives it', () => {
  const lower = bed.mount('lower', 'tmpfs', { options: 'mode=0755' })
  fs.mkdirSync(`${lower}/layer`)
  bed.file(`${lower}/layer`, 'file', 7)
  const mapped = bed.idmapped(lower, 'mapped', both([0, 100000, 1000]))
  fs.mkdirSync(bed.at('empty'))
  const merged = bed.mount('merged', 'overlay', { options: `lowerdir=${mapped}/layer:${bed.at('empty')}` })
  const found = inspectPath(`${merged}/file`, { pid: container().pid })
  expect(brief(found)).toEqual(['owner 100007 100007 7', 'group 100007 100007 7'])
})

natively('a path is looked up below the root of the process, its links too', () => {
  const root = bed.mount('root', 'tmpfs', { options: 'mode=0755' })
  fs.mkdirSync(`${root}/etc`)
  bed.file(`${root}/etc`, 'real', 100042)
  fs.symlinkSync('/etc/real', `${root}/link`)
  const box = container()
  changeRoot(box, root)
  const found = inspectPath('/link', { pid: box.pid })
  expect(brief(found)[0]).toBe('owner 100042 100042 42')
  expect(found.mount).toMatchObject({ type: 'tmpfs', mountPoint: '/' })
})

natively('a mount that only the process has is found in its own mount namespace', () => {
  const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
  bed.file(disk, 'file', 7)
  fs.mkdirSync(bed.at('there'))
  using namespace = createUserNamespace(both<'disk', 'host'>([0, 100000, 1000]))
  const box = new Task({ keep: [namespace.fd], name: 'host root elsewhere' })
  tasks.push(box)
  unshareNamespace(box, 'mnt')
  const MS_REC_PRIVATE = 0x44000
  call(box, 'mount', ['none', '/', 0, MS_REC_PRIVATE, 0])
  const copy = call(box, 'open_tree', [-100, disk, 1])
  call(box, 'mount_setattr', [copy, '', 0x1000, idmapBy(namespace.fd), 32])
  call(box, 'move_mount', [copy, '', -100, bed.at('there'), 4])
  const found = inspectPath(`${bed.at('there')}/file`, { pid: box.pid })
  expect(brief(found)[0]).toBe('owner 7 100007 100007')
  expect(found.mount?.mountPoint).toBe(bed.at('there'))
  if (runsAtLeast('6.18')) expect(found.mount?.map.state).toBe('known')
})

function idmapBy(fd: number): Buffer {
  const attributes = Buffer.alloc(32)
  attributes.writeBigUInt64LE(0x100000n, 0)
  attributes.writeBigUInt64LE(BigInt(fd), 24)
  return attributes
}

describe('past the map of a mount', () => {
  const older: Caller = {
    name: undefined,
    get scratch() {
      return here().scratch
    },
    invoke: (number, args) =>
      number === syscallNumbers.open_tree_attr ? -os.constants.errno.ENOSYS : here().invoke(number, args),
  }
  const look = (path: string) => {
    const fd = fs.openSync(path, 0o10000000)
    const mount = describeMount(here(), { fd })
    if (mount === undefined) throw new Error(`${path} is on no mount`)
    const raw = rawView({ caller: older, file: { fd }, [Symbol.dispose]: () => {} }, mount, 'self')
    fs.closeSync(fd)
    return raw
  }

  natively(
    'a kernel without open_tree_attr is looked at through another mount of the file system, by the file’s handle',
    () => {
      const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
      bed.file(disk, 'file', 7)
      const mapped = bed.idmapped(disk, 'mapped', both([0, 100000, 1000]))
      // Hidden behind another mount, so that it can't be the one that is opened at its path.
      fs.mkdirSync(`${disk}/below`)
      const raw = look(`${mapped}/file`)
      expect(raw).toMatchObject({ how: `the mount of the same file system at ${disk}` })
      expect(raw.fd === undefined ? undefined : statusOf(here(), { fd: raw.fd }).uid).toBe(7)
      if (raw.fd !== undefined) fs.closeSync(raw.fd)
    },
  )

  natively('nothing is claimed when the only such mount is hidden by another', () => {
    const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
    bed.file(disk, 'file', 7)
    const mapped = bed.idmapped(disk, 'mapped', both([0, 100000, 1000]))
    bed.mount('disk', 'tmpfs')
    expect(look(`${mapped}/file`)).toMatchObject({ fd: undefined, why: expect.stringMatching(/none of the \d mounts/) })
  })
})

describe('what is said to follow does follow', () => {
  const refused = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      return error instanceof SyscallError ? error.code : error
    }
    return 'nothing'
  }

  natively('of an owner the mount has no id for: nobody writes or removes it, root neither', () => {
    const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
    bed.file(disk, 'file', 5000)
    const file = `${bed.idmapped(disk, 'mapped', both([0, 100000, 1000]))}/file`
    expect(inspectPath(file).consequences).toEqual([
      expect.stringMatching(/write to it.*\(EACCES\).*remove or rename it \(EOVERFLOW\)/),
    ])
    expect(refused(() => files.writeFile(here(), file, Buffer.alloc(1)))).toBe('EACCES')
    expect(refused(() => files.unlink(here(), file))).toBe('EOVERFLOW')
    expect(refused(() => files.rename(here(), file, `${file}2`))).toBe('EOVERFLOW')
  })

  natively('of an owner the container has no id for: its root has no power over it', () => {
    const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
    const file = bed.file(disk, 'file', 1005)
    const box = container()
    expect(inspectPath(file, { pid: box.pid }).consequences).toEqual([
      expect.stringMatching(/root has no power over it/),
    ])
    expect(refused(() => files.changeMode(box, file, 0o600))).toBe('EPERM')
    expect(refused(() => files.writeFile(box, file, Buffer.alloc(1)))).toBe('EACCES')
  })

  natively('of an ACL entry the container has no id for: the ACL cannot be written back as read', () => {
    const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
    const file = bed.file(disk, 'file', 100000)
    const entries = [
      { tag: 'user_obj', permissions: 6 },
      { tag: 'user', permissions: 6, id: 33 },
      { tag: 'group_obj', permissions: 4 },
      { tag: 'mask', permissions: 6 },
      { tag: 'other', permissions: 0 },
    ] as const
    writeAcl(here(), file, 'access', entries)
    const box = container()
    expect(inspectPath(file, { pid: box.pid }).consequences).toEqual([
      expect.stringMatching(/cannot be written back as read/),
    ])
    const read = readAcl(box, file, 'access') ?? []
    expect(read[1]).toEqual({ tag: 'user', permissions: 6, id: undefined })
    expect(refused(() => writeAcl(box, file, 'access', read))).toBe('EINVAL')
  })
})

natively('nothing is left behind', () => {
  const disk = bed.mount('disk', 'tmpfs', { options: 'mode=0755' })
  bed.file(disk, 'file', 7)
  const mapped = bed.idmapped(disk, 'mapped', both([0, 100000, 1000]))
  const { pid } = container()
  const state = () => [openDescriptors(), mountsBelow(bed.at('')), children()]
  inspectPath(`${mapped}/file`, { pid })
  const before = state()
  for (let i = 0; i < 20; i++) inspectPath(`${mapped}/file`, { pid })
  expect(state()).toEqual(before)
})

natively('what is not there, or not to be looked at, is the user’s error in a sentence', () => {
  const said = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      return error
    }
    return undefined
  }
  const { pid } = container()
  expect(said(() => inspectPath('/no/such'))).toMatchObject({ code: 'INSPECT_NO_FILE', blame: 'user' })
  expect(said(() => inspectPath('/etc', { pid: 0x3fffffff }))).toMatchObject({ code: 'INSPECT_NO_PROCESS' })
  expect(said(() => inspectPath('etc', { pid }))).toMatchObject({ code: 'INSPECT_RELATIVE_PATH' })
  expect(said(() => inspectPath('/no/such', { pid }))).toMatchObject({
    message: `There is no /no/such below the root of process ${pid} (ENOENT).`,
  })
})

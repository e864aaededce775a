import { describe, expect, test } from 'vitest'
import { call } from '../../../lib/kernel/caller.ts'
import { become } from '../../../lib/kernel/credentials.ts'
import { writeFile } from '../../../lib/kernel/files.ts'
import { CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import { readNamespaces } from '../../../lib/ranges/namespaces.ts'
import { both, noNamespaces, testUnless } from '../kernel/native.ts'
import { INITIAL, madeUpProcess, madeUpRoot } from './made-up-root.ts'

const short = (root: string) => readNamespaces(root).used.map(({ half, from, count }) => `${half} ${from} ${count}`)

describe('running user namespaces', () => {
  test('processes of one namespace count once, by the lowest pid', () => {
    const inside = { namespace: 7, map: '0 100000 65536\n' }
    const root = madeUpRoot({ ...INITIAL, ...madeUpProcess(101, inside), ...madeUpProcess(40, inside) })
    expect(readNamespaces(root).used.map(({ holder }) => 'pid' in holder && holder.pid)).toEqual([40, 40])
  })

  test('where the namespace may not be asked for, equal maps count once', () => {
    const root = madeUpRoot({
      ...INITIAL,
      ...madeUpProcess(40, { map: '0 100000 65536\n' }),
      ...madeUpProcess(41, { map: '0 100000 65536\n' }),
      ...madeUpProcess(42, { map: '0 200000 65536\n' }),
    })
    expect(short(root)).toEqual(['uid 100000 65536', 'gid 100000 65536', 'uid 200000 65536', 'gid 200000 65536'])
  })

  test('a map that leaves the host’s ids what they are sets none apart', () => {
    const root = madeUpRoot({
      ...INITIAL,
      ...madeUpProcess(40, { namespace: 7, map: '0 0 65536\n' }),
      ...madeUpProcess(41, { namespace: 8, map: '0 0 4294967295\n' }),
    })
    expect(short(root)).toEqual([])
  })

  test('ids that the reader’s namespace does not have are shown as 4294967295 by the kernel and are nobody’s here', () => {
    const map = '0 4294967295 1000\n1000 300000 5\n'
    expect(short(madeUpRoot({ ...INITIAL, ...madeUpProcess(40, { namespace: 7, map }) }))).toEqual([
      'uid 300000 5',
      'gid 300000 5',
    ])
  })

  test('a process without a map, or one that is ending, has none', () => {
    const root = madeUpRoot({ ...INITIAL, ...madeUpProcess(40, { namespace: 7, map: '' }), 'proc/41/comm': 'gone\n' })
    expect(readNamespaces(root)).toEqual({ used: [], unseen: [] })
  })

  test('what a /proc does not show is said', () => {
    const root = madeUpRoot({
      ...madeUpProcess('self', { namespace: 7, map: '0 0 4294967295\n' }),
      'proc/self/ns/pid': '-> pid:[4026532000]',
      'proc/40/uid_map/is-a-directory': '',
    })
    expect(readNamespaces(root).unseen).toEqual([
      'the id maps of a process may not be read: be root to see every running container',
      expect.stringMatching(/proc shows no process 1, so not all processes/),
      'this runs in a pid namespace of its own: containers outside of it are not seen',
    ])
  })
})

describe('of this machine', () => {
  testUnless(noNamespaces)('a container is seen with its maker, as a child of this namespace', () => {
    using task = new Task({ flags: CLONE_NEWUSER })
    writeIdMaps(task.pid, both([0, 3_000_000_000, 65_536], [70_000, 3_100_000_000, 1]))
    const found = readNamespaces('/').used.filter(({ holder }) => 'pid' in holder && holder.pid === task.pid)
    expect(found.map(({ half, from, count }) => [half, from, count])).toEqual([
      ['uid', 3_000_000_000, 65_536],
      ['uid', 3_100_000_000, 1],
      ['gid', 3_000_000_000, 65_536],
      ['gid', 3_100_000_000, 1],
    ])
    expect(found[0]?.holder).toMatchObject({ maker: 0, isChild: true, inode: expect.any(Number) })
  })

  testUnless(noNamespaces)(
    'a namespace inside it is left out, and counts by itself once its parent has no process left',
    () => {
      const parent = new Task({ flags: CLONE_NEWUSER })
      writeIdMaps(parent.pid, both([0, 3_300_000_000, 65_536]))
      using writer = enter(parent)
      using nested = enter(parent)
      // Who makes a namespace must be somebody in the one it is made in (create_user_ns: EPERM).
      become(nested, { uid: 0, gid: 0 })
      const UNSHARE = 272
      expect(nested.invoke(UNSHARE, [CLONE_NEWUSER])).toBe(0)
      for (const half of ['uid', 'gid'])
        writeFile(writer, `/proc/${nested.pid}/${half}_map`, Buffer.from('0 1000 100\n'))
      const found = () => {
        const inside = readNamespaces('/').used.filter(({ from }) => from >= 3_300_000_000 && from < 3_300_065_536)
        return inside.map(({ half, from, count }) => [half, from, count])
      }
      expect(found()).toEqual([
        ['uid', 3_300_000_000, 65_536],
        ['gid', 3_300_000_000, 65_536],
      ])
      writer.close()
      parent.close()
      expect(found()).toEqual([
        ['uid', 3_300_001_000, 100],
        ['gid', 3_300_001_000, 100],
      ])
    },
  )

  testUnless(noNamespaces)('one that has gone is not', () => {
    const task = new Task({ flags: CLONE_NEWUSER })
    writeIdMaps(task.pid, both([0, 3_200_000_000, 65_536]))
    task.close()
    expect(readNamespaces('/').used.filter(({ from }) => from === 3_200_000_000)).toEqual([])
  })
})

/** Another process in the user namespace of `parent`. */
function enter(parent: Task): Task {
  const task = new Task()
  const link = `/proc/${parent.pid}/ns/user`
  call(task, 'setns', [call(task, 'openat', [-100, link, 0, 0]), CLONE_NEWUSER])
  return task
}

import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ANYWHERE } from '../../../lib/ranges/allocate.ts'
import { readHost } from '../../../lib/ranges/host.ts'
import { INITIAL, madeUpProcess, madeUpRoot } from './made-up-root.ts'

const FILES = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n+::::::\n',
  'etc/group': 'root:x:0:\nalice:x:1000:\nbuild:x:200000:alice\n',
  'etc/subuid': 'alice:100000:65536\n# a comment\nbob:165536:65536\n',
  'etc/subgid': 'alice:100000:65536\n',
}

describe('what is in use', () => {
  test('accounts and subordinate ids, each with its half and its line', () => {
    const { used, users } = readHost(madeUpRoot({ ...FILES, ...INITIAL }))
    const short = used.map(({ half, from, count, holder }) => [half, from, count, holder.kind])
    expect(short).toEqual([
      ['uid', 0, 1, 'account'],
      ['uid', 1000, 1, 'account'],
      ['gid', 0, 1, 'account'],
      ['gid', 1000, 1, 'account'],
      ['gid', 200_000, 1, 'account'],
      ['uid', 100_000, 65_536, 'subid'],
      ['uid', 165_536, 65_536, 'subid'],
      ['gid', 100_000, 65_536, 'subid'],
    ])
    expect(used[6]?.holder).toEqual({ kind: 'subid', owner: 'bob', file: '/etc/subuid', line: 3 })
    expect(users).toEqual([
      { name: 'root', id: 0 },
      { name: 'alice', id: 1000 },
    ])
  })

  test('the host side of running maps, one range for each extent and half', () => {
    const map = '0 300000 1000\n1000 1000 1\n'
    const { used } = readHost(madeUpRoot({ ...INITIAL, ...madeUpProcess(40, { command: 'bash', namespace: 7, map }) }))
    const holder = { kind: 'namespace', pid: 40, command: 'bash', inode: 7, maker: undefined, isChild: undefined }
    expect(used).toEqual(
      (['uid', 'gid'] as const).flatMap(half => [
        { from: 300_000, count: 1000, half, holder },
        { from: 1000, count: 1, half, holder },
      ]),
    )
  })

  test('in a container, all ids that it was not given', () => {
    const root = madeUpRoot(madeUpProcess('self', { namespace: 9, map: '0 100000 65536\n' }))
    const outside = readHost(root).used.filter(({ holder }) => holder.kind === 'outside')
    expect(outside).toEqual([
      { from: 65_536, count: 4_294_901_759, half: 'uid', holder: { kind: 'outside' } },
      { from: 65_536, count: 4_294_901_759, half: 'gid', holder: { kind: 'outside' } },
    ])
  })

  test('the overflow ids where the sysctls have moved them', () => {
    const root = madeUpRoot({
      'proc/sys/kernel/overflowuid': '70000\n',
      'proc/sys/kernel/overflowgid': '65534\n',
      ...INITIAL,
    })
    expect(readHost(root).used).toMatchObject([
      { from: 70_000, count: 1, half: 'uid', holder: { name: 'overflow' } },
      { from: 65_534, count: 1, half: 'gid' },
    ])
  })

  test('a host without any of these files uses nothing, and looks where shadow would', () => {
    const host = readHost(madeUpRoot(INITIAL))
    expect(host).toMatchObject({ used: [], users: [], hostUsers: { from: 0, count: 60_001 }, unseen: [] })
    expect(host.windows).toEqual([{ from: 100_000, count: 600_000_001 }, ANYWHERE])
  })
})

describe('where it looks for free ids', () => {
  test('where subordinate uids and gids both are', () => {
    const root = madeUpRoot({ 'etc/login.defs': 'SUB_UID_MIN 200000\nSUB_UID_MAX 400000\nSUB_GID_MAX 300000\n' })
    expect(readHost(root).windows).toEqual([{ from: 200_000, count: 100_001 }, ANYWHERE])
  })

  test.each(['SUB_UID_MIN 500000\nSUB_GID_MAX 400000\n', 'SUB_UID_MIN 700000000\n'])(
    'anywhere when that is nowhere',
    defs => {
      expect(readHost(madeUpRoot({ 'etc/login.defs': defs })).windows).toEqual([ANYWHERE])
    },
  )

  test('above the ordinary users of login.defs', () => {
    const { hostUsers } = readHost(madeUpRoot({ 'etc/login.defs': 'UID_MAX 99999\nGID_MAX 200000\n' }))
    expect(hostUsers).toMatchObject({ from: 0, count: 200_001 })
  })
})

describe('what can’t be told', () => {
  test('a line of subuid that can’t be understood may give ids: nothing may be allocated', () => {
    const root = madeUpRoot({ 'etc/subuid': 'alice:100000:65536\nbob:0x28000:65536\n' })
    expect(() => readHost(root)).toThrow(
      expect.objectContaining({
        code: 'HOST_UNREADABLE',
        message: expect.stringMatching(
          /etc\/subuid has a line that may give ids .*line 2, column 5.*'0x28000'.*mend or remove it/,
        ),
      }),
    )
  })

  test('neither may it when a file can’t be read', () => {
    const root = madeUpRoot({})
    fs.mkdirSync(path.join(root, 'etc/passwd'))
    expect(() => readHost(root)).toThrow(
      expect.objectContaining({
        code: 'HOST_UNREADABLE',
        message: expect.stringMatching(/passwd can't be read: it is a directory/),
      }),
    )
  })

  test('a file without an end is too long', () => {
    const root = madeUpRoot({ 'etc/group': '-> /dev/zero' })
    expect(() => readHost(root)).toThrow(
      expect.objectContaining({ code: 'HOST_UNREADABLE', message: expect.stringMatching(/too long/) }),
    )
  })

  test('users of a directory service, and subordinate ids of a plugin, are said not to be seen', () => {
    const nsswitch = 'passwd: files [NOTFOUND=return] sss systemd # ldap\ngroup:files ldap\nsubid: sss\n'
    expect(readHost(madeUpRoot({ 'etc/nsswitch.conf': nsswitch, ...INITIAL })).unseen).toEqual([
      'users and groups of sss, ldap (nsswitch.conf) are not seen',
      'subordinate ids come from sss (nsswitch.conf) and are not seen',
    ])
  })
})

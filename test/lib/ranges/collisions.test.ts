import { describe, expect, test } from 'vitest'
import { findCollisions } from '../../../lib/ranges/collisions.ts'
import type { Holder, NamespaceHolder, UsedRange } from '../../../lib/ranges/used-range.ts'

const USERS = [
  { name: 'root', id: 0 },
  { name: 'dockremap', id: 998 },
  { name: 'alice', id: 1000 },
  { name: 'bob', id: 1001 },
]

const range = (from: number, count: number, holder: Holder, half: UsedRange['half'] = 'uid'): UsedRange => ({
  from,
  count,
  half,
  holder,
})
const account = (id: number, name: string) => range(id, 1, { kind: 'account', name, file: '/etc/passwd' })
const subid = (owner: string, from: number, count = 65_536, line = 1) =>
  range(from, count, { kind: 'subid', owner, file: '/etc/subuid', line })
const lease = (name: string, from: number, count = 65_536, registry = '/ranges.json') =>
  range(from, count, { kind: 'lease', name, owner: 'alice', registry }, 'both')
const box = (pid: number, from: number, count = 65_536, known: Partial<NamespaceHolder> = {}) =>
  range(from, count, {
    kind: 'namespace',
    pid,
    command: 'init',
    inode: pid,
    maker: 0,
    isChild: true,
    ...known,
  })

const rules = (...used: readonly UsedRange[]) => findCollisions(used, USERS).map(({ rule }) => rule)

describe('what collides', () => {
  test.each<[string, readonly UsedRange[], string]>([
    ['a host user inside delegated ids (shadow#525)', [account(100_500, 'late'), subid('alice', 100_000)], 'HOST_USER'],
    ['a host user inside a lease', [lease('web', 131_072), account(131_072, 'late')], 'HOST_USER'],
    ['a host user inside a running container', [box(40, 100_000), account(165_535, 'late')], 'HOST_USER'],
    [
      'the overflow id inside delegated ids',
      [subid('alice', 60_000), range(65_534, 1, { kind: 'reservation', name: 'overflow', title: 'overflow' })],
      'HOST_USER',
    ],
    ['one id delegated to two', [subid('alice', 100_000), subid('bob', 165_535, 10, 2)], 'DELEGATED_TWICE'],
    [
      'a lease in what is delegated to another',
      [lease('web', 131_072), subid('bob', 196_607, 5)],
      'DELEGATED_TO_ANOTHER',
    ],
    [
      'root’s container in what is delegated to a user',
      [box(40, 100_000), subid('alice', 100_000)],
      'DELEGATED_TO_ANOTHER',
    ],
    [
      'a user’s container in what is delegated to another, who is written as a uid',
      [box(40, 100_000, 10, { maker: 1001 }), subid('1000', 100_000)],
      'DELEGATED_TO_ANOTHER',
    ],
    ['a container that has a part of a lease', [box(40, 131_000), lease('web', 131_072)], 'SHARED_HOST_IDS'],
    ['leases of two registries', [lease('web', 131_072), lease('web', 131_072, 10, '/mine.json')], 'SHARED_HOST_IDS'],
    ['two containers with the same ids', [box(40, 100_000), box(41, 100_000)], 'SHARED_HOST_IDS'],
    [
      'two containers with some of the same ids, whoever made them',
      [box(40, 100_000, 65_536, { isChild: undefined }), box(41, 100_500, 65_536, { isChild: undefined })],
      'SHARED_HOST_IDS',
    ],
  ])('%s', (_, used, rule) => {
    expect(rules(...used)).toEqual([rule])
    expect(rules(...used.toReversed())).toEqual([rule])
  })
})

describe('what does not', () => {
  test.each<[string, readonly UsedRange[]]>([
    ['neighbours', [subid('alice', 100_000), subid('bob', 165_536), account(99_999, 'a'), account(231_072, 'b')]],
    ['a uid and a gid of one number', [account(100_000, 'late'), { ...subid('alice', 100_000), half: 'gid' }]],
    ['a user’s own uid mapped by itself', [account(1000, 'alice'), box(40, 1000, 1, { maker: 1000 })]],
    ['a host user’s id delegated by itself, to be passed through', [account(1000, 'alice'), subid('root', 1000, 1)]],
    ['two lines of one owner, by name and by uid', [subid('alice', 100_000), subid('1000', 100_000, 10, 2)]],
    ['a lease and its own line', [lease('web', 131_072), subid('alice', 131_072)]],
    ['a container in its lease', [lease('web', 131_072), box(40, 131_072)]],
    ['a user’s container in the user’s ids', [subid('alice', 100_000), box(40, 100_000, 65_536, { maker: 1000 })]],
    ['root’s container in ids of a user who never logs in', [subid('dockremap', 100_000), box(40, 100_000)]],
    ['root’s container in ids of a name that is no user', [subid('containers', 100_000), box(40, 100_000)]],
    [
      'a container inside another, as far as is known',
      [box(40, 100_000, 65_536, { isChild: undefined }), box(41, 101_000, 100, { isChild: undefined })],
    ],
    [
      'reserved ids, which are for the allocator',
      [
        lease('web', 1_000_000),
        range(524_288, 1_878_523_904, { kind: 'reservation', name: 'nspawn', title: 'nspawn' }, 'both'),
      ],
    ],
  ])('%s', (_, used) => {
    expect(rules(...used)).toEqual([])
    expect(rules(...used.toReversed())).toEqual([])
  })
})

describe('a collision', () => {
  test('says who has which ids, who else, and what to do', () => {
    const [collision] = findCollisions(
      [subid('alice', 100_000), account(100_500, 'late'), account(100_501, 'later')],
      USERS,
    )
    expect(collision).toMatchObject({
      half: 'uid',
      ids: [{ from: 100_500, count: 2 }],
      holder: { kind: 'subid', owner: 'alice' },
      message:
        'alice, line 1 of /etc/subuid has host uids 100500..100501, and so has late of /etc/passwd, later of /etc/passwd',
      fix: expect.stringMatching(/^move the range/),
    })
  })

  test('is one for each holder, however many it meets', () => {
    const accounts = Array.from({ length: 1000 }, (_, index) => account(100_000 + index, `user${index}`))
    const [collision, ...others] = findCollisions([subid('alice', 100_000), ...accounts], USERS)
    expect(others).toEqual([])
    expect(collision?.others).toHaveLength(1000)
    expect(collision?.message).toMatch(/user0 of \/etc\/passwd, .*, 995 more$/)
  })

  test('shows names a terminal would obey written out', () => {
    const [collision] = findCollisions([subid('alice', 100_000), account(100_500, 'a\u001b[2Jb')], USERS)
    expect(collision?.message).toContain('a\\u{1b}[2Jb of /etc/passwd')
  })

  test('is the same in whatever order lines and processes are read', () => {
    const used = [
      subid('alice', 100_000),
      account(100_500, 'late'),
      subid('bob', 165_000),
      box(40, 100_000),
      box(41, 130_000),
    ]
    const sentences = (ranges: readonly UsedRange[]) => findCollisions(ranges, USERS).map(({ message }) => message)
    expect(sentences(used)).toHaveLength(6)
    expect(sentences(used.toReversed())).toEqual(sentences(used))
  })
})

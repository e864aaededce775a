import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equalPairs } from '../../../lib/idmap/pair.ts'
import { IdMapError } from '../../../lib/idmap/problem.ts'
import { formatLxcIdmap, parseLxcIdmap } from '../../../lib/syntax/lxc.ts'
import { pairs } from './arbitrary.ts'
import { refusal } from './refusal.ts'

// https://pve.proxmox.com/wiki/Unprivileged_LXC_containers
const WIKI = `# uid map: from uid 0 map 1005 uids (in the ct) to the range starting 100000 (on the host), so 0..1004 (ct) → 100000..101004 (host)
lxc.idmap = u 0 100000 1005
lxc.idmap = g 0 100000 1005
# we map 1 uid starting from uid 1005 onto 1005, so 1005 → 1005
lxc.idmap = u 1005 1005 1
lxc.idmap = g 1005 1005 1
# we map the rest of 65535 from 1006 upto 101006, so 1006..65535 → 101006..165535
lxc.idmap = u 1006 101006 64530
lxc.idmap = g 1006 101006 64530
`

describe('what is read', () => {
  test('the map of the Proxmox wiki', () => {
    const { uid, gid } = parseLxcIdmap(WIKI)
    expect(`${uid}`).toBe('0..1004→100000, 1005→1005, 1006..65535→101006')
    expect(gid).toEqual(uid)
  })

  test.each([
    'u 0 100000 65536; g 0 100000 65536',
    'b 0 100000 65536',
    'lxc.idmap: u 0 100000 65536\nlxc.idmap: g 0 100000 65536',
    'lxc.id_map=u 0 100000 65536\r\nlxc.id_map\t=\tg 0 100000 65536\r\n',
    '\n  # all of it; u 1 2 3\n;b 0 100000 1000; b 1000 101000 64536;;',
    'b 5 5 5\nlxc.idmap =\nb 0 100000 65536',
  ])('%j is the map of an unprivileged container', text => {
    expect(formatLxcIdmap(parseLxcIdmap(text))).toBe('lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n')
  })

  test('users only leave the groups empty', () => {
    expect(parseLxcIdmap('u 0 100000 65536').gid.size).toBe(0)
    expect(equalPairs(parseLxcIdmap(''), parseLxcIdmap('# nothing'))).toBe(true)
  })

  test('the container is the first number', () => {
    expect(parseLxcIdmap('u 1005 2005 1').uid.lookup(1005)).toBe(2005)
  })
})

test('reading what was written gives the same maps', () => {
  fc.assert(
    fc.property(pairs<'container', 'host'>(), pair => {
      expect(parseLxcIdmap(formatLxcIdmap(pair))).toEqual(pair)
    }),
  )
})

test.each([
  ['lxc.idmap = x 0 1 2', 1, 13, 'x', "'u', 'g' or 'b'"],
  ['u 0 1 2; g 0 1', 1, 15, '', 'a count (decimal digits, no sign, no leading zero)'],
  ['u 0 1 2\n  g 0 -1 2', 2, 7, '-1', 'a host id (decimal digits, no sign, no leading zero)'],
  ['u 00 1 2', 1, 3, '00', 'a container id (decimal digits, no sign, no leading zero)'],
  ['u 0 1 0', 1, 7, '0', 'a count of 1 or more'],
  ['u 0 1 2 # no comment in LXC', 1, 9, '#', 'the end of the entry'],
  ['lxc.rootfs.path = /x', 1, 1, 'lxc.rootfs.path', "'u', 'g' or 'b'"],
  ['lxc_idmap = u 0 1 2', 1, 1, 'lxc_idmap', "'u', 'g' or 'b'"],
  ['lxc.idmap = lxc.idmap = u 0 1 2', 1, 13, 'lxc.idmap', "'u', 'g' or 'b'"],
  ['u\u00a00 1 2', 1, 1, 'u\u00a00', "'u', 'g' or 'b'"],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(refusal(() => parseLxcIdmap(text))).toMatchObject({ dialect: 'lxc', line, column, found, expected })
})

test('overlaps of users and of groups are told together, with host and container by name', () => {
  const read = () => parseLxcIdmap('u 0 100000 10; u 5 200000 10; g 0 100000 10; g 10 100009 1')
  expect(read).toThrow(IdMapError)
  expect(read).toThrow(/uid: container ids 5\.\.9 are used twice.*\ngid: host id 100009 is used twice/)
})

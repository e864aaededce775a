import { describe, expect, test } from 'vitest'
import { equalPairs } from '../../../lib/idmap/pair.ts'
import { IdMapError } from '../../../lib/idmap/problem.ts'
import { IdMapInexpressibleError, IdMapSyntaxError } from '../../../lib/syntax/error.ts'
import { lxc, lxcLegacy } from '../../../lib/syntax/lxc.ts'
import { formatContainerMap, parseContainerMap } from '../../../lib/syntax/registry.ts'
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

const PROXMOX = `# a description
arch: amd64
features: nesting=1
hostname: box
mp0: /mnt/data,mp=/data,idmap=u:1005:1005:1
rootfs: local-lvm:vm-101-disk-0,size=8G
unprivileged: 1
lxc.cgroup2.devices.allow: c 10:200 rwm
lxc.idmap: u 0 100000 65536
lxc.idmap: g 0 100000 65536

[before-upgrade]
unprivileged: 1
lxc.idmap: u 0 500000 1
`

describe('what is read', () => {
  test('the map of the Proxmox wiki', () => {
    const { uid, gid } = parseContainerMap('lxc', WIKI)
    expect(`${uid}`).toBe('0..1004→100000, 1005→1005, 1006..65535→101006')
    expect(gid).toEqual(uid)
  })

  test.each([lxc, lxcLegacy])('that is what $name shows as its example', ({ name, roles: { container } }) => {
    const map = parseContainerMap('lxc', WIKI)
    expect(equalPairs(parseContainerMap(name, container.example.text), map)).toBe(true)
  })

  test.each([
    'u 0 100000 65536; g 0 100000 65536',
    'b 0 100000 65536',
    'lxc.idmap: u 0 100000 65536\nlxc.idmap: g 0 100000 65536',
    'lxc.id_map=u 0 100000 65536\r\nlxc.id_map\t=\tg 0 100000 65536\r\n',
    '\n  # all of it; u 1 2 3\n;b 0 100000 1000; b 1000 101000 64536;;',
    'b 5 5 5\nlxc.idmap =\nb 0 100000 65536',
    'b 5 5 5\nlxc.idmap = ""\nb 0 100000 65536',
    'lxc.idmap = u 5 5 5; lxc.idmap = ; b 0 100000 65536 ',
    `lxc.idmap = "u 0 100000 65536"\nlxc.idmap='g 0 100000 65536'`,
    'unprivileged: 1',
    'unprivileged: Yes\nswap: 512',
    'unprivileged:\ttrue ',
    '# as it was in [before-upgrade]\nunprivileged: 1',
    'arch: amd64\nunprivileged: 0\nunprivileged: on\n',
    PROXMOX,
    PROXMOX.replaceAll('\n', '\r\n'),
    // https://linuxcontainers.org/lxc/getting-started/ (an unprivileged user's default.conf)
    'lxc.include = /etc/lxc/default.conf\nlxc.net.0.type = veth\nlxc.net.0.hwaddr = 00:16:3e:xx:xx:xx\nlxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n',
  ])('%j is the map of an unprivileged container', text => {
    expect(lxc.roles.container.read(text).faults).toEqual([])
    expect(formatContainerMap('lxc', parseContainerMap('lxc', text))).toBe(
      'lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n',
    )
  })

  test.each([
    '',
    '# nothing',
    'unprivileged: 0',
    'unprivileged: 10',
    'unprivileged: 01',
    'unprivileged: 1\rswap: 512',
    '# unprivileged: 1',
    ' unprivileged: 1',
    '[snap]\nunprivileged: 1\nlxc.idmap: u 0 5 5',
    '[pve:pending]\nlxc.idmap: u 0 5 5',
    '[Snap-2_b]  \nlxc.idmap: u 0 5 5',
    'lxc.rootfs.path = /x\nlxc.idmap =',
    'unprivileged: 1\nlxc.idmap:',
    'lxc.rootfs.options = idmap=container',
    'mp0: /a,mp=/b,idmap=u:0:0:1',
    'swap:',
    'lxc.net.0.flags : up',
  ])('%j maps nothing', text => {
    expect(lxc.roles.container.read(text)).toEqual({ entries: [], faults: [] })
  })

  test('users only leave the groups empty', () => {
    expect(parseContainerMap('lxc', 'u 0 100000 65536').gid.size).toBe(0)
    expect(parseContainerMap('lxc', 'g 0 100000 65536').uid.size).toBe(0)
    expect(equalPairs(parseContainerMap('lxc', ''), parseContainerMap('lxc', '# nothing'))).toBe(true)
  })

  test('the container is the first number', () => {
    expect(parseContainerMap('lxc', 'u 1005 2005 1').uid.lookup(1005)).toBe(2005)
    expect(parseContainerMap('lxc-legacy', 'lxc.id_map = g 1005 2005 1').gid.lookup(1005)).toBe(2005)
  })

  test('a map in a Proxmox configuration counts for more than being unprivileged', () => {
    expect(`${parseContainerMap('lxc', 'unprivileged: 1\nlxc.idmap: u 0 200000 10').uid}`).toBe('0..9→200000')
  })

  test('every entry tells where it stands, also the one that Proxmox takes for granted', () => {
    const places = (text: string) =>
      lxc.roles.container.read(text).entries.map(({ half, line, column }) => [half, line, column])
    expect(places('u 0 1 2\n  b 5 6 7; lxc.idmap = g 9 9 9')).toEqual([
      ['uid', 1, 1],
      ['uid', 2, 3],
      ['gid', 2, 3],
      ['gid', 2, 24],
    ])
    expect(places('arch: amd64\nunprivileged: 1\n')).toEqual([
      ['uid', 2, 1],
      ['gid', 2, 1],
    ])
  })
})

const NUMBER = '(decimal digits, no sign, no leading zero)'
const KEY = "'lxc.idmap =' before an entry"
const HALF = "'u', 'g' or 'b'"
// What LXC and Proxmox know behind the key: src/lxc/confile.c, set_config_idmaps().
const BEHIND_KEY = "'u' or 'g'"

test.each([
  ['lxc.idmap = x 0 1 2', 1, 13, 'x', BEHIND_KEY],
  ['u 0 1 2; g 0 1', 1, 15, '', `a count ${NUMBER}`],
  ['u 0 1 2\n  g 0 -1 2', 2, 7, '-1', `a host id ${NUMBER}`],
  ['u 00 1 2', 1, 3, '00', `a container id ${NUMBER}`],
  ['u 0 1 2 # no comment in LXC', 1, 9, '#', 'the end of the entry'],
  ['lxc_idmap = u 0 1 2', 1, 1, 'lxc_idmap', KEY],
  ['lxc.id-map: u 0 1 2', 1, 1, 'lxc.id-map:', KEY],
  ['lxc.idmaps = u 0 1 2', 1, 1, 'lxc.idmaps', KEY],
  ['lxc.idmpa = u 0 1 2', 1, 1, 'lxc.idmpa', KEY],
  ['lxc.imap = u 0 1 2', 1, 1, 'lxc.imap', KEY],
  ['LXC.IDMAP = u 0 1 2', 1, 1, 'LXC.IDMAP', KEY],
  ['lxc.uidmap = 0 1 2', 1, 1, 'lxc.uidmap', KEY],
  ['lxc.idmap u 0 1 2', 1, 1, 'lxc.idmap', KEY],
  ['lxc.idmap.u = 0 1 2', 1, 1, 'lxc.idmap.u', KEY],
  ['lxc.idmap = lxc.idmap = u 0 1 2', 1, 13, 'lxc.idmap', KEY],
  ['lxc.uts.name box', 1, 1, 'lxc.uts.name', KEY],
  ['u 0 1 2 lxc.idmap = u 5 6 7', 1, 9, 'lxc.idmap', 'the end of the entry'],
  ['u\u00a00 1 2', 1, 1, 'u\u00a00', HALF],
  ['both 0 1 2', 1, 1, 'both', HALF],
  ['uid: 0 1 2', 1, 1, 'uid:', HALF],
  ['u:0:1:2', 1, 1, 'u:0:1:2', HALF],
  ['user:0', 1, 1, 'user:0', HALF],
  ['0 1 2', 1, 1, '0', HALF],
  ['Unprivileged: 1', 1, 1, 'Unprivileged:', HALF],
  ['[not a section\nu 0 1', 1, 1, '[not', HALF],
  ['[snap] u 0 1 2', 1, 1, '[snap]', HALF],
  ['lxc.idmap = "u 0 1 2', 1, 13, '"u', BEHIND_KEY],
  ['lxc.idmap = "  "', 1, 14, '  ', BEHIND_KEY],
  ['u 0 1 2\n""', 2, 2, '', HALF],
  ['lxc.idmap = b 0 100000 65536', 1, 13, 'b', BEHIND_KEY],
  ['arch: amd64\nlxc.idmap: b 0 100000 65536', 2, 12, 'b', BEHIND_KEY],
])('%j is refused at its place', (text, line, column, found, expected) => {
  const error = refusal(() => parseContainerMap('lxc', text))
  expect(error).toMatchObject({ dialect: 'lxc', line, column, found, expected })
})

test('all faults are told, those before a forgotten part too, and the good entries stay', () => {
  const { entries, faults } = lxc.roles.container.read('x 0 1 2\nlxc.idmap =\nu 0 1 2\ng 0 1\nlxc.idmpa = u 1 1 1')
  expect(faults.map(({ line, column, found }) => [line, column, found])).toEqual([
    [1, 1, 'x'],
    [4, 6, ''],
    [5, 1, 'lxc.idmpa'],
  ])
  expect(entries).toEqual([{ half: 'uid', extent: { from: 0, to: 1, count: 2 }, line: 3, column: 1 }])
})

test('faults of the old spelling are told as that', () => {
  expect(refusal(() => parseContainerMap('lxc-legacy', 'u')).message).toMatch(/^lxc-legacy map, line 1, column 2/)
})

test('a count of 0 is the map’s problem', () => {
  expect(() => parseContainerMap('lxc', 'u 0 1 0')).toThrow(/^uid: extent \(0 1 0\) maps no ids/)
})

test('overlaps of users and of groups are told together, with host and container by name', () => {
  const read = () => parseContainerMap('lxc', 'u 0 100000 10; u 5 200000 10; g 0 100000 10; g 10 100009 1')
  expect(read).toThrow(IdMapError)
  expect(read).toThrow(/uid: container ids 5\.\.9 are used twice.*\ngid: host id 100009 is used twice/)
})

describe('what is written', () => {
  const pair = parseContainerMap('lxc', 'g 6 106 2; u 7 107 1; u 5 105 1')

  test('is a line an extent, users first', () => {
    expect(lxc.roles.container.format(pair)).toBe(
      'lxc.idmap = u 5 105 1\nlxc.idmap = u 7 107 1\nlxc.idmap = g 6 106 2\n',
    )
    expect(lxc.roles.container.format(parseContainerMap('lxc', ''))).toBe('')
  })

  test('has the old key for LXC before 2.1', () => {
    expect(lxcLegacy.roles.container.format(pair)).toMatch(/^(lxc\.id_map = [ug] \d+ \d+ \d+\n){3}$/)
  })
})

describe('a document that is rewritten', () => {
  const rewrite = (document: string, map: string) =>
    lxc.roles.container.rewrite?.(document, parseContainerMap('lxc', map))

  test('keeps comments, order, other settings and every entry that still holds', () => {
    expect(
      rewrite(WIKI, 'b 0 100000 1005; b 1005 1005 2; b 1007 101007 64529'),
    ).toBe(`${WIKI.split('# we map the rest')[0]}\
# we map the rest of 65535 from 1006 upto 101006, so 1006..65535 → 101006..165535
lxc.idmap = u 1006 1006 1
lxc.idmap = u 1007 101007 64529
lxc.idmap = g 1006 1006 1
lxc.idmap = g 1007 101007 64529
`)
  })

  test('stays byte for byte when it says the map already, however it does', () => {
    for (const document of [WIKI, PROXMOX, 'b 0 100000 1000;b 1000 101000 64536;;', 'unprivileged: 1\nswap: 5'])
      expect(lxc.roles.container.rewrite?.(document, parseContainerMap('lxc', document))).toBe(document)
  })

  test('of Proxmox gets its lines above the snapshots, with a colon', () => {
    const bare = PROXMOX.replace(/^lxc\.idmap.*65536\n/gm, '')
    expect(rewrite(bare, 'u 0 100000 65536; g 0 100000 65536')).toBe(bare)
    expect(rewrite(bare, 'u 0 200000 10; g 0 200000 11')).toBe(
      bare.replace('c 10:200 rwm\n', 'c 10:200 rwm\nlxc.idmap: u 0 200000 10\nlxc.idmap: g 0 200000 11\n'),
    )
    expect(rewrite('unprivileged: 1\n', 'b 0 100000 65536; u 70000 1 1')).toBe(
      'unprivileged: 1\nlxc.idmap: u 0 100000 65536\nlxc.idmap: u 70000 1 1\nlxc.idmap: g 0 100000 65536\n',
    )
    expect(rewrite('unprivileged: 1\nlxc.idmap: u 0 5 5\n', 'b 0 100000 65536')).toBe(
      'unprivileged: 1\nlxc.idmap: u 0 100000 65536\nlxc.idmap: g 0 100000 65536\n',
    )
    expect(rewrite(PROXMOX, 'u 0 200000 10; g 0 100000 65536')).toBe(
      PROXMOX.replace('lxc.idmap: u 0 100000 65536', 'lxc.idmap: u 0 200000 10'),
    )
  })

  test('can’t be left without a map when Proxmox would then take its own', () => {
    expect(() => rewrite(PROXMOX, '')).toThrow(IdMapInexpressibleError)
    expect(() => rewrite('unprivileged: 1', '')).toThrow(
      "lxc can't say this map: 'unprivileged: 1' without any lxc.idmap means b 0 100000 65536; map at least one id, or make the container privileged",
    )
    expect(rewrite('swap: 5\nlxc.idmap: u 0 1 2\n', '')).toBe('swap: 5\n')
  })

  test.each([
    ['', 'u 0 1 2', 'lxc.idmap = u 0 1 2\n'],
    ['# none', 'u 0 1 2', '# none\nlxc.idmap = u 0 1 2\n'],
    ['# rootfs: a\n', 'u 0 1 2', '# rootfs: a\nlxc.idmap = u 0 1 2\n'],
    ['# none\n \n', 'u 0 1 2', '# none\nlxc.idmap = u 0 1 2\n \n'],
    ['# none\n\n', 'u 0 1 2', '# none\nlxc.idmap = u 0 1 2\n\n'],
    ['hostname: a', 'u 0 1 2', 'hostname: a\nlxc.idmap: u 0 1 2\n'],
    ['lxc.uts.name = a\r\n', 'u 0 1 2', 'lxc.uts.name = a\r\nlxc.idmap = u 0 1 2\r\n'],
    ['u 0 1 2; g 0 1 2', 'u 0 1 3; g 0 1 2', 'u 0 1 2; g 0 1 2\nu 2 3 1\n'],
    ['u 0 1 2; g 0 1 2', 'u 0 7 3; g 0 1 2', 'u 0 7 3\ng 0 1 2'],
    ['u 0 1 2; g 0 1 2 ;# both\nu 5 5 5', 'u 5 5 5', '# both\nu 5 5 5'],
    [
      'lxc.id_map=u 0 1 2\nlxc.uts.name = a\n',
      'u 0 1 2;g 3 4 5',
      'lxc.id_map=u 0 1 2\nlxc.id_map=g 3 4 5\nlxc.uts.name = a\n',
    ],
    ['u 9 9 9\nlxc.idmap =\n# a', 'u 0 1 2', 'u 9 9 9\nlxc.idmap =\nlxc.idmap = u 0 1 2\n# a'],
    ['b 0 1 2\ng 5 5 5\nb 9 9 1', 'u 0 1 2; b 9 9 1', 'u 0 1 2\nb 9 9 1'],
    ['u 0 1 2\nu 0 1 2\n', 'u 0 1 2', 'u 0 1 2\n'],
  ])('%j becomes with %j %j', (document, map, expected) => {
    expect(rewrite(document, map)).toBe(expected)
  })

  test('is refused when something is wrong with it', () => {
    expect(() => rewrite('lxc.idmap = u 0 1', 'u 0 1 2')).toThrow(IdMapSyntaxError)
  })
})

test.each([
  ['u 0 100000 65536', 'lxc'],
  ['u  10\t 100  5', 'lxc'],
  ['  lxc.idmap=u', 'lxc'],
  ['lxc.rootfs.path : /x', 'lxc'],
  ['rootfs: local:8', 'lxc'],
  ['lxc.id_map\t= u', 'lxc-legacy'],
  [' lxc.id_map:u', 'lxc-legacy'],
  ['lxc.id_map', 'neither'],
  ['# lxc.id_map = u', 'neither'],
  ['xlxc.id_map = u', 'neither'],
  ['xu 0 1 2', 'neither'],
  ['u 0 100000', 'neither'],
  ['# rootfs: a', 'neither'],
])('%j is taken for %s', (text, dialect) => {
  expect([lxc.recognises(text), lxcLegacy.recognises(text)]).toEqual([dialect === 'lxc', dialect === 'lxc-legacy'])
})

test('what lxc.include names is noted as not followed, in the main part only', () => {
  const notes = (text: string) => lxc.roles.container.read(text).notes
  expect(notes('lxc.include = /usr/share/lxc/userns.conf\nlxc.idmap = u 0 1 2')).toEqual([
    {
      line: 1,
      column: 1,
      sentence: 'lxc.include is not followed: what /usr/share/lxc/userns.conf says of ids is not looked at',
    },
  ])
  expect(notes('lxc.include=a')).toHaveLength(1)
  expect(notes('u 0 1 2\n\tlxc.include: a\u001b[31m')?.[0]?.sentence).toContain('a\\u{1b}[31m')
  for (const text of [
    'lxc.include =',
    'lxc.include =  ',
    '# lxc.include = /x',
    'u 0 1 2\n[snapshot]\nlxc.include: /x',
    'u 0 1 2',
  ])
    expect(notes(text)).toBeUndefined()
})

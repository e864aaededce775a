import { describe, expect, test } from 'vitest'
import { IdMapSyntaxError } from '../../../lib/syntax/error.ts'
import { proxmox } from '../../../lib/syntax/proxmox.ts'
import { formatExceptions, parseExceptions } from '../../../lib/syntax/registry.ts'
import { refusal } from './refusal.ts'

const { exceptions } = proxmox.roles

const CONFIG = `# nextcloud%3A the data is shared
arch: amd64
mp0: /mnt/data,mp=/data,idmap=u:1005:1005:1;g:1005:1005:1,backup=0
mp1: local-lvm:vm-101-disk-1,mp=/srv/my files,size=8G
mp12: /mnt/music,ro=1,idmap=passthrough,mp=/music/
net0: name=eth0,bridge=vmbr0,ip=dhcp
# kept, as it was
rootfs: local-lvm:vm-101-disk-0,size=8G
unprivileged: 1
lxc.idmap: u 0 100000 65536

[before]
mp3: /mnt/old,mp=/old,idmap=u:1:1:1
`

const PASSTHROUGH = 'u:0:0:4294967295;g:0:0:4294967295'

describe('what is read', () => {
  test.each([
    ['the merged form', 'u:1005:1005:1;g:1005:1005:1'],
    ['the form of the first patch', 'u:1005:1005:1 g:1005:1005:1'],
    ['one entry a line, with blanks', ' u:1005:1005:1\r\n\n\tg:1005:1005:1; \n'],
    ['the option', 'idmap=u:1005:1005:1;g:1005:1005:1'],
    ['the option in quotes', `'idmap=u:1005:1005:1;g:1005:1005:1'`],
    ['the value in quotes', `idmap="u:1005:1005:1;g:1005:1005:1"`],
    ['the options of a mount point', '/mnt/data,mp=/data,idmap=u:1005:1005:1;g:1005:1005:1,ro=1'],
    ['a line of a configuration', 'mp0: /mnt/data,mp=/data,idmap=u:1005:1005:1;g:1005:1005:1'],
    ['a line of rootfs', 'rootfs: local:8,idmap=u:1005:1005:1;g:1005:1005:1 '],
    ['pct set', `pct set 101 -mp0 '/mnt/data,mp=/data,idmap=u:1005:1005:1;g:1005:1005:1'`],
    ['pct set, long', `pct set 101 --mp12=/mnt/data,mp=/data,idmap='u:1005:1005:1;g:1005:1005:1' --swap 512`],
    ['pct set of rootfs', `pct set 101 --rootfs "volume=local:8,idmap=u:1005:1005:1;g:1005:1005:1"`],
    ['comments and other settings beside it', '# ours; u:1:1:1\narch: amd64\nu:1005:1005:1\n # g:2:2:2\ng:1005:1005:1'],
  ])('%s', (_, text) => {
    expect(exceptions.read(text).faults).toEqual([])
    expect(formatExceptions('proxmox', parseExceptions('proxmox', text))).toBe('u:1005:1005:1;g:1005:1005:1')
  })

  test('the container is the first number, the disk the second', () => {
    expect(parseExceptions('proxmox', 'u:1005:2005:10').uid.lookup(1006)).toBe(2006)
    expect(parseExceptions('proxmox', 'g:1005:2005:10').gid.lookup(1006)).toBe(2006)
  })

  test.each([
    '',
    'arch: amd64\nrootfs: local:8',
    'mp0: /a,mp=/b',
    '# idmap=u:1:1:1',
    'pct set 101 -mp0',
    '[snap]\nmp0: /a,mp=/b,idmap=u:1:1:1',
  ])('%j has no exceptions', text => {
    expect(exceptions.read(text)).toEqual({ entries: [], faults: [] })
    expect(formatExceptions('proxmox', parseExceptions('proxmox', text))).toBe('')
  })

  test('passthrough is every id as itself', () => {
    const { uid, gid } = parseExceptions('proxmox', 'passthrough')
    expect(`${uid} ${gid}`).toBe('0..4294967294→0 0..4294967294→0')
    expect(parseExceptions('proxmox', 'mp0: /a,mp=/b,idmap=passthrough')).toEqual({ uid, gid })
    expect(parseExceptions('proxmox', PASSTHROUGH)).toEqual({ uid, gid })
  })

  test('every entry tells where it stands', () => {
    const places = exceptions
      .read(CONFIG, { target: 'mp0' })
      .entries.map(({ half, line, column }) => [half, line, column])
    expect(places).toEqual([
      ['uid', 3, 31],
      ['gid', 3, 45],
    ])
    expect(exceptions.read(` idmap='u:1:2:3'`).entries[0]).toMatchObject({ line: 1, column: 9 })
  })
})

describe('of several mount points', () => {
  test.each([
    ['mp0', '1005→1005'],
    ['/data', '1005→1005'],
    ['/data/', '1005→1005'],
    ['/music', '0..4294967294→0'],
    ['mp12', '0..4294967294→0'],
    ['mp1', '(empty)'],
    ['/srv/my files', '(empty)'],
    ['rootfs', '(empty)'],
    ['/', '(empty)'],
  ])('%s is the one that is meant', (target, map) => {
    expect(`${parseExceptions('proxmox', CONFIG, { target }).uid}`).toBe(map)
  })

  test('options of other settings, and of comments, are no mount points', () => {
    expect(refusal(() => parseExceptions('proxmox', '# a,b\nnet0: a,b\nmp0: c', { target: 'x' })).expected).toBe(
      'a mount point that is there: mp0 ()',
    )
  })

  test('those that have a map are the targets there are', () => {
    expect(proxmox.targets(CONFIG)).toEqual(['mp0', 'mp12'])
    expect(proxmox.targets('u:1:1:1')).toEqual([])
  })

  test('one has to be named when more have a map', () => {
    expect(refusal(() => parseExceptions('proxmox', CONFIG))).toMatchObject({
      line: 5,
      column: 1,
      found: 'mp12',
      expected:
        'one mount point with idmap=, or the name of the one that is meant: mp0 (/data), mp1 (/srv/my files), mp12 (/music/), rootfs (/)',
    })
  })

  test.each(['mp3', '/old', 'mp', '/dat', ''])('%j is told with those that are there', target => {
    expect(refusal(() => parseExceptions('proxmox', CONFIG, { target }))).toMatchObject({
      line: 1,
      column: 1,
      found: target,
      expected: 'a mount point that is there: mp0 (/data), mp1 (/srv/my files), mp12 (/music/), rootfs (/)',
    })
  })

  test('a long list is told short', () => {
    const many = Array.from({ length: 21 }, (_, at) => `mp${at}: /a,mp=/m${at},idmap=u:1:1:1\n`).join('')
    expect(refusal(() => parseExceptions('proxmox', many)).expected).toMatch(/mp19 \(\/m19\), …$/)
    expect(refusal(() => parseExceptions('proxmox', many.replace(/.*\n/, ''))).expected).toMatch(/mp20 \(\/m20\)$/)
  })
})

const NUMBER = '(decimal digits, no sign, no leading zero)'

test.each([
  ['u:0:1', 1, 6, '', `a count ${NUMBER}`],
  ['u:0:1:2:3', 1, 9, '3', 'the end of the entry'],
  ['u:0::2', 1, 5, '', `a disk id ${NUMBER}`],
  ['u:0:1:1 b:0:1:2', 1, 9, 'b', "'u' or 'g'"],
  ['u:0:1:1;\n g:+5:1:2', 2, 4, '+5', `a container id ${NUMBER}`],
  ['passthrough:1', 1, 1, 'passthrough', "'u' or 'g'"],
  ['u: 0:1:2', 1, 3, '', `a container id ${NUMBER}`],
  ['mp0: /a,mp=/b,idmap=u:0:1:1;x', 1, 29, 'x', "'u' or 'g'"],
  ['mp0: /a,mp=/b,idmapp=u:0:1:1', 1, 15, 'idmapp=u:0:1:1', "'idmap='"],
  ['mp0: /a,mp=/b,id-map=u:0:1:1', 1, 15, 'id-map=u:0:1:1', "'idmap='"],
  ['mp0: /a,mp=/b,IDMAP=u:0:1:1', 1, 15, 'IDMAP=u:0:1:1', "'idmap='"],
  ['rootfs: a\nmp0: /a,idmpa=u:0:1:1,mp=/b', 2, 9, 'idmpa=u:0:1:1', "'idmap='"],
])('%j is refused at its place', (text, line, column, found, expected) => {
  const error = refusal(() => parseExceptions('proxmox', text))
  expect(error).toMatchObject({ dialect: 'proxmox', line, column, found, expected })
})

test('all faults are told, and the good entries stay', () => {
  const { entries, faults } = exceptions.read('x:1:1:1;u:1:2:3;g:1:1')
  expect(faults.map(({ column }) => column)).toEqual([1, 22])
  expect(entries).toEqual([{ half: 'uid', extent: { from: 1, to: 2, count: 3 }, line: 1, column: 9 }])
})

test('an overlap names the disk', () => {
  expect(() => parseExceptions('proxmox', 'g:0:1000:2 g:5:1001:1')).toThrow(/^gid: disk id 1001 is used twice/)
})

test.each([
  [' u:1:2:3', true],
  [`idmap="g:10:20:30"`, true],
  [`'idmap=u:10:20:30'`, true],
  ['passthrough', true],
  ['mp0: /a', false],
  ['rootfs: a\nmp0: /a,idmap=u:1:2:3', true],
  ['b:1:2:3', false],
  ['u:1:2', false],
  ['x u:1:2:3', false],
  ['xu:1:2:3', false],
  ['u 1 2 3', false],
  ['passthroughs', false],
])('%j is recognised: %s', (text, expected) => {
  expect(proxmox.recognises(text)).toBe(expected)
})

describe('what is written', () => {
  test('is separated by semicolons, users first', () => {
    expect(formatExceptions('proxmox', parseExceptions('proxmox', 'g:7:8:9 u:14:5:6 u:1:2:3'))).toBe(
      'u:1:2:3;u:14:5:6;g:7:8:9',
    )
  })

  test('is passthrough only for every id of both, each as itself', () => {
    expect(formatExceptions('proxmox', parseExceptions('proxmox', PASSTHROUGH))).toBe('passthrough')
    for (const almost of [
      'u:0:0:4294967295',
      'u:0:0:4294967295;g:0:0:4294967294',
      'u:0:1:4294967294;u:4294967294:0:1;g:0:1:4294967294;g:4294967294:0:1',
      'u:0:0:5;u:5:6:1;u:6:5:1;u:7:7:4294967288;g:0:0:5;g:5:6:1;g:6:5:1;g:7:7:4294967288',
    ])
      expect(formatExceptions('proxmox', parseExceptions('proxmox', almost))).toBe(almost)
  })
})

describe('a document that is rewritten', () => {
  const rewrite = (document: string, map: string, target?: string) =>
    exceptions.rewrite?.(document, parseExceptions('proxmox', map), target === undefined ? {} : { target })

  test('changes in one option only, and there only what is no longer right', () => {
    expect(rewrite(CONFIG, 'u:1005:1005:1;g:7:8:9', 'mp0')).toBe(CONFIG.replace('g:1005:1005:1', 'g:7:8:9'))
    expect(rewrite(CONFIG, 'g:1005:1005:1;u:7:8:9', '/data')).toBe(
      CONFIG.replace('u:1005:1005:1;g:1005:1005:1', 'g:1005:1005:1;u:7:8:9'),
    )
    expect(rewrite(CONFIG, 'u:1:1:1', 'mp12')).toBe(CONFIG.replace('idmap=passthrough', 'idmap=u:1:1:1'))
  })

  test('stays byte for byte when it says the map already', () => {
    expect(rewrite(CONFIG, 'u:1005:1005:1;g:1005:1005:1', 'mp0')).toBe(CONFIG)
    expect(rewrite(CONFIG, 'passthrough', 'mp12')).toBe(CONFIG)
    expect(rewrite(CONFIG, '', 'mp1')).toBe(CONFIG)
    const long = `mp0: /a,mp=/b,idmap=${PASSTHROUGH}`
    expect(rewrite(long, 'passthrough')).toBe(long)
    expect(rewrite('g:1:1:1  u:2:2:2', 'u:2:2:2;g:1:1:1')).toBe('g:1:1:1  u:2:2:2')
  })

  test.each([
    ['a mount point without a map gets one', 'mp0: /a,mp=/b,ro=1\n', 'u:1:2:3', 'mp0: /a,mp=/b,ro=1,idmap=u:1:2:3\n'],
    ['the last exception takes the option along', 'mp0: /a,mp=/b,idmap=u:1:2:3,ro=1', '', 'mp0: /a,mp=/b,ro=1'],
    ['also in quotes', `-mp0 /a,idmap='u:1:2:3',mp=/b`, '', '-mp0 /a,mp=/b'],
    ['also at the beginning', 'mp0: idmap=u:1:2:3,volume=/a,mp=/b', '', 'mp0: volume=/a,mp=/b'],
    ['also when it is the only one', 'mp0: idmap=u:1:2:3', '', 'mp0: '],
    ['also without a blank', 'mp0:/a,idmap=u:1:2:3', 'u:1:2:4', 'mp0:/a,idmap=u:1:2:3;u:4:5:1'],
    ['everything becomes passthrough', 'mp0: /a,idmap=u:1:2:3', 'passthrough', 'mp0: /a,idmap=passthrough'],
    [
      'of rootfs and one mount point that one is meant',
      'rootfs: a\nmp0: /b',
      'u:1:2:3',
      'rootfs: a\nmp0: /b,idmap=u:1:2:3',
    ],
    ['rootfs alone is meant', 'rootfs: a', 'u:1:2:3', 'rootfs: a,idmap=u:1:2:3'],
    ['a map without a mount point is written anew', 'u:1:2:3', 'u:1:2:4', 'u:1:2:4'],
    ['carriage returns stay', 'mp0: /a,idmap=u:1:2:3\r\n', 'u:5:5:5', 'mp0: /a,idmap=u:5:5:5\r\n'],
  ])('%s', (_, document, map, expected) => {
    expect(rewrite(document, map)).toBe(expected)
  })

  test('needs to know which mount point gets a map, when none has one', () => {
    expect(refusal(() => rewrite('rootfs: r\nmp0: /a,mp=/b\nmp1: /c,mp=/d', 'u:1:2:3'))).toMatchObject({
      line: 3,
      column: 1,
      found: 'mp1',
      expected: 'the name of the mount point that is meant: rootfs (/), mp0 (/b), mp1 (/d)',
    })
  })

  test('is refused when something is wrong with it', () => {
    expect(() => rewrite('mp0: /a,idmap=u:1', 'u:1:2:3')).toThrow(IdMapSyntaxError)
  })
})

import { describe, expect, test } from 'vitest'
import { IdMapInexpressibleError } from '../../../lib/syntax/error.ts'
import { lxcUsernsexec } from '../../../lib/syntax/lxc-usernsexec.ts'
import { formatContainerMap, parseContainerMap } from '../../../lib/syntax/registry.ts'
import { refusal } from './refusal.ts'

const { read } = lxcUsernsexec.roles.container

describe('what is read', () => {
  test.each([
    // https://linuxcontainers.org/lxc/manpages/man1/lxc-usernsexec.1.html
    'lxc-usernsexec -m b:0:100000:65536 -- /bin/bash',
    'b:0:100000:65536',
    '-m u:0:100000:65536 -m g:0:100000:65536',
    '-mu:0:100000:65536 -mg:0:100000:65536',
    'u:0:100000:65536; g:0:100000:65536',
    '# mine\nu:0:100000:65536\n\ng:0:100000:65536\n',
    `/usr/bin/lxc-usernsexec -m 'b:0:100000:65536' -- sh -c "b:1:1:1"`,
    'sudo lxc-usernsexec -m b:0:100000:65536 sh -m b:1:1:1',
    'lxc-usernsexec -m b:0:100000:65536',
    // https://manpages.debian.org/lxd (fuidshift)
    'fuidshift /var/lib/lxc/c1/rootfs b:0:100000:65536',
    'fuidshift -r rootfs u:0:100000:65536 g:0:100000:65536 --test',
  ])('%j is the map of an unprivileged container', text => {
    expect(read(text).faults).toEqual([])
    expect(formatContainerMap('lxc-usernsexec', parseContainerMap('lxc-usernsexec', text))).toBe('-m b:0:100000:65536')
    expect(lxcUsernsexec.recognises(text) || text.startsWith('#')).toBe(true)
  })

  test('the container is the first number', () => {
    const { uid, gid } = parseContainerMap('lxc-usernsexec', 'u:1005:2005:1')
    expect([uid.lookup(1005), gid.size]).toEqual([2005, 0])
    expect(parseContainerMap('lxc-usernsexec', 'g:1005:2005:1').gid.lookup(1005)).toBe(2005)
  })

  test('nothing is no map', () => {
    expect(read(' \n')).toEqual({ entries: [], faults: [] })
  })

  test('every entry tells where it stands', () => {
    expect(read('-m b:0:1:2\nu:5:6:7').entries.map(({ half, line, column }) => [half, line, column])).toEqual([
      ['uid', 1, 4],
      ['gid', 1, 4],
      ['uid', 2, 1],
    ])
  })
})

const NUMBER = '(decimal digits, no sign, no leading zero)'

test.each([
  ['x:0:1:2', 1, 1, 'x', "'u', 'g' or 'b'"],
  ['u 0 1 2', 1, 2, '', `a container id ${NUMBER}`],
  ['u:0:-1:2', 1, 5, '-1', `a host id ${NUMBER}`],
  ['u:0:1:2x', 1, 7, '2x', `a count ${NUMBER}`],
  ['u:0:1', 1, 6, '', `a count ${NUMBER}`],
  ['u:0:1:2:3', 1, 9, '3', 'the end of the entry'],
  ['-m u:0:1:2 -m', 1, 14, '', 'u|g|b:container-id:host-id:count'],
  ['lxc-usernsexec -m', 1, 18, '', 'u|g|b:container-id:host-id:count'],
  ['lxc-usernsexec', 1, 15, '', '-m and a map; which ids are the caller’s in /etc/subuid is not in the text'],
  ['lxc-usernsexec -- id', 1, 15, '', '-m and a map; which ids are the caller’s in /etc/subuid is not in the text'],
  ['lxc-usernsexec -s -m b:1:2:3', 1, 16, '-s', 'no -s: which ids are the caller’s own is not in the text'],
  ['fuidshift u:0:1:2 x', 1, 19, 'x', "'u', 'g' or 'b'"],
  ['-x u:0:1:2', 1, 1, '-x', "'u', 'g' or 'b'"],
])('%j is refused at its place', (text, line, column, found, expected) => {
  const error = refusal(() => parseContainerMap('lxc-usernsexec', text))
  expect(error).toMatchObject({ dialect: 'lxc-usernsexec', line, column, found, expected })
})

describe('what is written', () => {
  const written = (text: string) => formatContainerMap('lxc-usernsexec', parseContainerMap('lxc-usernsexec', text))

  test('has b for what both halves have, then u and g', () => {
    expect(written('b:0:100:5 u:7:7:1 g:9:9:1')).toBe('-m b:0:100:5 -m u:7:7:1 -m g:9:9:1')
    expect(written('g:9:9:1')).toBe('-m g:9:9:1')
  })

  test('is never no map at all, for that means the caller’s', () => {
    expect(() => written('')).toThrow(IdMapInexpressibleError)
    expect(() => written('')).toThrow(
      "lxc-usernsexec can't say this map: without any -m it takes the caller's lines of /etc/subuid; map at least one id",
    )
  })
})

test.each(['u 0 1 2', 'lxc-usernsexec', 'both:0:1:2', '0:1:2'])('%j is not taken for one', text => {
  expect(lxcUsernsexec.recognises(text)).toBe(false)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdMapError } from '../../../lib/idmap/problem.ts'
import { formatKernelMap, kernel, parseKernelMap } from '../../../lib/syntax/kernel.ts'
import { parseContainerMap, parseMountMap } from '../../../lib/syntax/registry.ts'
import { mapsNear, TOP } from '../idmap/oracle.ts'
import { refusal } from './refusal.ts'

test('what the kernel shows, padded and without the last newline, is read', () => {
  const shown = '         0     100000       1005\n      1005       1005          1'
  expect(`${parseKernelMap(shown)}`).toBe('0..1004→100000, 1005→1005')
})

test('the map of the initial user namespace is read in full', () => {
  expect(parseKernelMap('         0          0 4294967295\n').size).toBe(4_294_967_295)
})

test('one line an extent is written, the From side first', () => {
  const map = parseKernelMap<'disk', 'host'>('1005 101005 1\n\n100000 100000 1005\n')
  expect(formatKernelMap(map)).toBe('1005 101005 1\n100000 100000 1005\n')
  expect(formatKernelMap(map.invert())).toBe('100000 100000 1005\n101005 1005 1\n')
  expect(formatKernelMap(parseKernelMap(' \n'))).toBe('')
})

test('reading what was written gives the same map', () => {
  fc.assert(
    fc.property(fc.oneof(mapsNear(0, 0), mapsNear(TOP, 0), mapsNear(TOP, TOP)), map => {
      expect(parseKernelMap(formatKernelMap(map))).toEqual(map)
    }),
  )
})

test.each([
  ['0 100000', 1, 9, '', /a count/],
  ['0 100000 10\n5', 2, 2, '', /a second id/],
  ['0 1 2 3', 1, 7, '3', /the end of the entry/],
  ['0 -1 2', 1, 3, '-1', /a second id \(decimal digits/],
  ['00 1 2', 1, 1, '00', /no leading zero/],
  ['0x1 1 2', 1, 1, '0x1', /a first id/],
  ['0 1 ١', 1, 5, '١', /a count \(decimal digits/],
  ['0 1 12345678901', 1, 5, '12345678901', /a count/],
])('%j is refused at its place', (text, line, column, found, message) => {
  const error = refusal(() => parseKernelMap(text))
  expect(error).toMatchObject({ code: 'IDMAP_SYNTAX', blame: 'user', dialect: 'kernel', line, column, found })
  expect(error.message).toMatch(message)
})

test('numbers of ten digits that are no ids are the map’s problem, told with the names of the spaces', () => {
  expect(() => parseKernelMap('0 4294967295 1', { from: 'disk', to: 'host' })).toThrow(/host id 4294967295/)
  expect(() => parseKernelMap('0 9999999999 1')).toThrow(IdMapError)
  expect(() => parseKernelMap('0 1', { from: 'disk', to: 'host' })).toThrow('expected a count')
  expect(() => parseKernelMap('x', { from: 'disk', to: 'host' })).toThrow('expected a disk id')
})

test('all faults of a file are told', () => {
  expect(refusal(() => parseKernelMap('x 1 2\n0 1 2\n0 1')).faults.map(({ line, column }) => [line, column])).toEqual([
    [1, 1],
    [3, 4],
  ])
})

describe('both files', () => {
  const HEAD = '==> /proc/1/uid_map <==\n         0     100000      10\n\n==> /proc/1/gid_map <==\n  5  7  1\n'
  const GREP =
    '/proc/1/gid_map:         5          7          1\n/proc/1/projid_map:0 0 4294967295\n/proc/1/uid_map:0 100000 10\n'

  test.each([
    ['as head prints them', HEAD],
    ['as head prints them, with carriage returns', HEAD.replaceAll('\n', '\r\n')],
    ['as grep prints them', GREP],
    ['under their names', 'uid_map:\n0 100000 10\ngid_map\n5 7 1'],
    [
      'under the commands',
      '$ cat /proc/1/uid_map\n0 100000 10\n# cat /proc/self/gid_map\n5 7 1\ncat projid_map\n1 2 3',
    ],
    ['with the lines between semicolons', 'uid_map: 0 100000 5; 5 100005 5;\n  gid_map:5 7 1'.replace('  gid', 'gid')],
  ])('%s', (_, text) => {
    expect(kernel.roles.container.read(text).faults).toEqual([])
    const { uid, gid } = parseContainerMap('kernel', text)
    expect(`${uid} | ${gid}`).toBe('0..9→100000 | 5→7')
    expect(kernel.recognises(text)).toBe(true)
  })

  test('are one and the same when no name is there', () => {
    const { uid, gid } = parseMountMap('kernel', '1000 0 1\n\n1001 5 1')
    expect(`${uid} | ${gid}`).toBe('1000→0, 1001→5 | 1000→0, 1001→5')
  })

  test('have the container, or the disk, first', () => {
    expect(parseContainerMap('kernel', '1005 2005 1').gid.lookup(1005)).toBe(2005)
    expect(parseMountMap('kernel', '1005 2005 1').uid.lookup(1005)).toBe(2005)
  })

  test('say where each entry stands', () => {
    const { entries } = kernel.roles.mount.read(GREP)
    expect(entries.map(({ half, line, column }) => [half, line, column])).toEqual([
      ['gid', 1, 26],
      ['uid', 3, 17],
    ])
  })

  test('are written with headings when they differ', () => {
    const { format } = kernel.roles.container
    expect(format(parseContainerMap('kernel', HEAD))).toBe('==> uid_map <==\n0 100000 10\n\n==> gid_map <==\n5 7 1\n')
    expect(format(parseContainerMap('kernel', '0 100000 10'))).toBe('0 100000 10\n')
    expect(format(parseContainerMap('kernel', 'gid_map:5 7 1'))).toBe('==> uid_map <==\n\n==> gid_map <==\n5 7 1\n')
    expect(format(parseContainerMap('kernel', ''))).toBe('')
  })
})

test.each([
  ['1 2 3\n==> uid_map <==\n4 5 6', 1, 1, '1', "the file it is of in a line above, '==> uid_map <=='"],
  ['0 1 2;x', 1, 7, 'x', 'a container id (decimal digits, no sign, no leading zero)'],
  ['uid_map:0 1', 1, 12, '', 'a count (decimal digits, no sign, no leading zero)'],
  ['0 x 2', 1, 3, 'x', 'a host id (decimal digits, no sign, no leading zero)'],
  ['cat /proc/1/maps\n0 1 2', 1, 1, 'cat', 'a container id (decimal digits, no sign, no leading zero)'],
  ['my_uid_mapping\n0 1 2', 1, 1, 'my_uid_mapping', 'a container id (decimal digits, no sign, no leading zero)'],
])('%j is refused at its place, in both files', (text, line, column, found, expected) => {
  const error = refusal(() => parseContainerMap('kernel', text))
  expect(error).toMatchObject({ dialect: 'kernel', line, column, found, expected })
})

test('the disk is named in what is wrong with a mount’s map', () => {
  expect(refusal(() => parseMountMap('kernel', 'x')).expected).toMatch(/^a disk id/)
  expect(refusal(() => parseMountMap('kernel', '0 x')).expected).toMatch(/^a host id/)
})

test.each(['0 1', 'u 0 1 2', '0 1 2 3', 'root:0:1', ''])('%j is not taken for a kernel’s map', text => {
  expect(kernel.recognises(text)).toBe(false)
})

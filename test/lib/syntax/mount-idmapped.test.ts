import { describe, expect, test } from 'vitest'
import { mountIdmapped } from '../../../lib/syntax/mount-idmapped.ts'
import { DIGITS, entries, inexpressible, pair, said, wrong } from './told.ts'

const mount = mountIdmapped.roles.mount

describe('what is read', () => {
  test('the disk is the first number, the host the second', () => {
    expect(said(mount, '--map-mount=b:1005:2005:1')).toBe('1005→2005 | 1005→2005')
  })

  // https://github.com/brauner/mount-idmapped#readme
  test.each([
    ['mount-idmapped --map-mount=b:0:10000:10000 /source /target', '0..9999→10000 | 0..9999→10000'],
    [
      'mount-idmapped --map-mount=u:0:10000:10000 --map-mount=g:0:20000:20000 /source /target',
      '0..9999→10000 | 0..19999→20000',
    ],
    ['both:1000:1001:1', '1000→1001 | 1000→1001'],
    ['uid:20000:100000:1000', '20000..20999→100000 | (empty)'],
    ['gid:5:6:7', '(empty) | 5..11→6'],
    ['--map-mount u:1:2:3 --map-mount "g:4:5:6"', '1..3→2 | 4..9→5'],
    ['u:1:2:3; g:4:5:6', '1..3→2 | 4..9→5'],
    ['u:1:2:3\ng:4:5:6', '1..3→2 | 4..9→5'],
    ['', '(empty) | (empty)'],
  ])('%j', (text, map) => {
    expect(said(mount, text)).toBe(map)
  })

  test('entries have their place', () => {
    expect(entries(mount, 'mount-idmapped \\\n --map-mount="b:1:2:3" /a /b')).toEqual([
      '2:15 uid 1 2 3',
      '2:15 gid 1 2 3',
    ])
  })
})

const PATH = 'b|u|g:disk-id:host-id:count (the map of a namespace is not in its path)'

test.each([
  ['--map-mount=/proc/1/ns/user', 1, 13, '/proc/1/ns/user', PATH],
  ['--map-caller=b:0:1:1', 1, 1, '--map-caller', '--map-mount=b|u|g:disk-id:host-id:count'],
  ['mount-idmapped --map-moutn=b:0:1:1', 1, 16, '--map-moutn=b:0:1:1', '--map-mount=b|u|g:disk-id:host-id:count'],
  ['0:1:1', 1, 1, '0', "'b', 'u' or 'g'"],
  ['users:0:1:1', 1, 1, 'users', "'b', 'u' or 'g'"],
  ['u:x:1:1', 1, 3, 'x', `a disk id ${DIGITS}`],
  ['u:0:x:1', 1, 5, 'x', `a host id ${DIGITS}`],
  ['u:0:1', 1, 6, '', `a count ${DIGITS}`],
  ['u:0:1:2:3', 1, 9, '3', 'the end of the entry'],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(wrong(mount, text)).toEqual([[line, column, found, expected]])
})

test('written with the letters that the tool takes', () => {
  expect(mount.format(pair([[0, 1, 2]]))).toBe('--map-mount=b:0:1:2')
  expect(mount.format(pair([[0, 1, 2]], [[0, 1, 3]]))).toBe('--map-mount=u:0:1:2 --map-mount=g:0:1:3')
  expect(inexpressible(() => mount.format(pair([])))).toBe(
    'mount-idmapped: it is empty; a mount without a map needs no --map-mount',
  )
})

test.each([
  ['--map-mount=x', true],
  ['both:0:1:1', true],
  ['uid:5:', true],
  ['b:0:1:1', false],
  ['uid 5 5', false],
])('%j: is it mount-idmapped’s? %j', (text, is) => {
  expect(mountIdmapped.recognises(text)).toBe(is)
})

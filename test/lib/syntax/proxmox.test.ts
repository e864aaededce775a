import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatProxmoxIdmap, parseProxmoxIdmap } from '../../../lib/syntax/proxmox.ts'
import { pairs } from './arbitrary.ts'
import { refusal } from './refusal.ts'

describe('what is read', () => {
  test.each([
    ['the merged form', 'u:1005:1005:1;g:1005:1005:1'],
    ['the form of the first patch', 'u:1005:1005:1 g:1005:1005:1'],
    ['one entry a line, with blanks', ' u:1005:1005:1\r\n\n\tg:1005:1005:1; \n'],
  ])('%s', (_, text) => {
    expect(formatProxmoxIdmap(parseProxmoxIdmap(text))).toBe('u:1005:1005:1;g:1005:1005:1')
  })

  test('the container is the first number, the disk the second', () => {
    expect(parseProxmoxIdmap('u:1005:2005:10').uid.lookup(1006)).toBe(2006)
  })

  test('nothing is no exceptions', () => {
    expect(formatProxmoxIdmap(parseProxmoxIdmap(''))).toBe('')
  })
})

test('reading what was written gives the same maps', () => {
  fc.assert(
    fc.property(pairs<'container', 'disk'>(), pair => {
      expect(parseProxmoxIdmap(formatProxmoxIdmap(pair))).toEqual(pair)
    }),
  )
})

test.each([
  ['u:0:1', 1, 6, '', 'a count (decimal digits, no sign, no leading zero)'],
  ['u:0:1:2:3', 1, 9, '3', 'the end of the entry'],
  ['u:0::2', 1, 5, '', 'a disk id (decimal digits, no sign, no leading zero)'],
  ['u:0:1:0', 1, 7, '0', 'a count of 1 or more'],
  ['u:0:1:1 b:0:1:2', 1, 9, 'b', "'u' or 'g'"],
  ['u:0:1:1;\n g:+5:1:2', 2, 4, '+5', 'a container id (decimal digits, no sign, no leading zero)'],
  ['passthrough', 1, 1, 'passthrough', "'u' or 'g'"],
  ['u: 0:1:2', 1, 3, '', 'a container id (decimal digits, no sign, no leading zero)'],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(refusal(() => parseProxmoxIdmap(text))).toMatchObject({ dialect: 'proxmox', line, column, found, expected })
})

test('an overlap names the disk', () => {
  expect(() => parseProxmoxIdmap('g:0:1000:2 g:5:1001:1')).toThrow(/^gid: disk id 1001 is used twice/)
})

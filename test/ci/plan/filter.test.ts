import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFilter } from '../../../ci/plan/filter.ts'
import { UsageError } from '../../../ci/usage-error.ts'

test.each([
  ['vfat', 'vfat-usb-stick', true],
  ['USB', 'vfat-usb-stick', true],
  ['ext4', 'vfat-usb-stick', false],
  ['vfat-*', 'vfat-usb-stick', true],
  ['vfat', 'One USB stick on VFAT', true],
  ['*-stick', 'vfat-usb-stick', true],
  ['usb*', 'vfat-usb-stick', false],
  ['vfat?usb*', 'vfat-usb-stick', true],
  ['a.c*', 'abcd', false],
  ['/^(vfat|ext4)-/', 'ext4-shared-directory', true],
  ['/^shared/', 'ext4-shared-directory', false],
  ['/EXT4/', 'ext4-shared-directory', false],
  ['/EXT4/i', 'ext4-shared-directory', true],
  ['/half', 'a path/half way', true],
])('%s holds %j: %j', (filter, subject, holds) => {
  expect(parseFilter(filter)(subject)).toBe(holds)
})

test('an expression holds the same however often it is asked, also with the flag g', () => {
  const filter = parseFilter('/a/g')
  expect([filter('a'), filter('a'), filter('a')]).toEqual([true, true, true])
})

test('what is no regular expression is the user’s mistake', () => {
  expect(() => parseFilter('/(/')).toThrow(UsageError)
  expect(() => parseFilter('/(/')).toThrow(/--filter "\/\(\/" is no regular expression: /)
})

test('any text without a star or question mark holds itself, whatever else is in it', () => {
  const plain = fc.string({ minLength: 1 }).filter(text => !/[*?]|^\//.test(text))
  fc.assert(fc.property(plain, text => parseFilter(text)(`before ${text} after`)))
})

test('a text with a star at its end holds whatever begins with it, also where it looks like an expression', () => {
  const plain = fc.string({ unit: 'binary', minLength: 1 }).filter(text => !/[*?]|^\//.test(text))
  fc.assert(fc.property(plain, fc.string(), (text, more) => parseFilter(`${text}*`)(`${text}${more}`)))
})

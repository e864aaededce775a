import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdMapError } from '../../../lib/idmap/problem.ts'
import { formatKernelMap, parseKernelMap } from '../../../lib/syntax/kernel.ts'
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
  ['0 1 0', 1, 5, '0', /a count of 1 or more/],
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

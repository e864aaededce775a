import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBytes, showBytes } from '../../../vm/cache/bytes.ts'

test.each([
  ['500M', 500e6],
  ['20G', 20e9],
  ['20GB', 20e9],
  ['1.5GiB', 1.5 * 1024 ** 3],
  ['4 KiB', 4096],
  ['64k', 64e3],
  ['0', 0],
  ['1T', 1e12],
])('%s is %d bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes)
})

test.each(['', 'G', '-1G', '5X', '1e9', '5iB', 'five', '1G2', '0x10'])('%j is no size', text => {
  expect(parseBytes(text)).toBeUndefined()
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [132e6, '132 MB'],
  [1.44e9, '1.4 GB'],
  [5e15, '5000 TB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(showBytes(bytes)).toBe(text)
})

test('what is shown, read again, is the same to a twentieth', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e15 }), bytes => {
      const again = parseBytes(showBytes(bytes)) ?? Number.NaN
      expect(Math.abs(again - bytes)).toBeLessThanOrEqual(bytes / 20)
    }),
  )
})

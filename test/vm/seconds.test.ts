import { expect, test } from 'vitest'
import { inSeconds } from '../../vm/seconds.ts'

test.each([
  [10, '0.01 s'],
  [150, '0.15 s'],
  [3456, '3.5 s'],
  [9999, '10 s'],
  [180_400, '180 s'],
])('%i ms are shown as %s', (ms, shown) => {
  expect(inSeconds(ms)).toBe(shown)
})

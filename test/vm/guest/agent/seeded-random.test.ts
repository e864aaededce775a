import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../../vm/guest/agent/seeded-random.ts'

const seeds = fc.uint8Array({ minLength: 16, maxLength: 64 })
const draw = (seed: Uint8Array, count = 20) => Array.from({ length: count }, seededRandom(seed))

test('the same seed gives the same numbers', () => {
  fc.assert(
    fc.property(seeds, seed => {
      expect(draw(seed)).toEqual(draw(seed.slice()))
    }),
  )
})

test('another seed gives other numbers, also when one bit differs', () => {
  const flip = (seed: Uint8Array, bit: number) =>
    seed.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
  fc.assert(
    fc.property(seeds, fc.nat(127), (seed, bit) => {
      expect(draw(seed)).not.toEqual(draw(flip(seed, bit)))
    }),
  )
})

test('the numbers are what Math.random promises: at least 0, below 1, and spread', () => {
  const numbers = draw(new Uint8Array(16), 1000)
  expect(numbers.every(number => number >= 0 && number < 1)).toBe(true)
  const tenths = new Set(numbers.map(number => Math.floor(number * 10)))
  expect(tenths.size).toBe(10)
})

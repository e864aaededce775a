import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyOf } from '../../../ci/plan/case-id.ts'
import { dealOut, parseShard } from '../../../ci/plan/shard.ts'
import { UsageError } from '../../../ci/usage-error.ts'

const id = (scenario: string, kernel = '6.12') => ({ scenario, kernel, fs: 'ext4' })

const cases = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom('6.1', '6.12', '7.3')), { selector: String })
  .map(pairs => pairs.map(([number, kernel]) => id(`story-${number}`, kernel)))
const shards = fc.integer({ min: 1, max: 8 })
/** Some length for each case, the same whenever it is asked. */
const lengths = fc.func(fc.double({ min: 0, max: 100, noNaN: true }))

test('each case is in one shard and in no other, in the order of the plan', () => {
  fc.assert(
    fc.property(cases, shards, lengths, (all, of, seconds) => {
      const dealt = dealOut(all, of, each => seconds(keyOf(each)))
      expect(dealt).toHaveLength(of)
      expect(dealt.flat().map(keyOf).sort()).toEqual(all.map(keyOf).sort())
      for (const shard of dealt) expect(shard).toEqual(all.filter(each => shard.includes(each)))
    }),
  )
})

test('no shard takes longer than the average and one case', () => {
  fc.assert(
    fc.property(cases, shards, lengths, (all, of, seconds) => {
      const length = (each: (typeof all)[number]) => seconds(keyOf(each))
      const sum = (some: typeof all) => some.reduce((total, each) => total + length(each), 0)
      const longest = Math.max(0, ...all.map(length))
      for (const shard of dealOut(all, of, length))
        expect(sum(shard)).toBeLessThanOrEqual(sum(all) / of + longest + 1e-6)
    }),
  )
})

test('the order in which the cases are given does not change who gets which', () => {
  fc.assert(
    fc.property(cases, shards, lengths, (all, of, seconds) => {
      const names = (dealt: (typeof all)[]) => dealt.map(shard => shard.map(keyOf).sort())
      const length = (each: (typeof all)[number]) => seconds(keyOf(each))
      expect(names(dealOut(all.toReversed(), of, length))).toEqual(names(dealOut(all, of, length)))
    }),
  )
})

test('the longest case is alone when the others together are shorter', () => {
  const seconds = ({ scenario }: { scenario: string }) => (scenario === 'long' ? 10 : 3)
  const [first, second] = dealOut([id('a'), id('long'), id('b'), id('c')], 2, seconds)
  expect(first?.map(({ scenario }) => scenario)).toEqual(['long'])
  expect(second?.map(({ scenario }) => scenario)).toEqual(['a', 'b', 'c'])
})

test('i/n is read as it is written', () => {
  expect(parseShard('2/3')).toEqual({ index: 2, of: 3 })
  expect(parseShard('1/1')).toEqual({ index: 1, of: 1 })
})

test.each(['0/3', '4/3', '1', '1/0', 'a/b', '1/3/5', '-1/2', '1.5/2', ''])('%j is no shard', text => {
  expect(() => parseShard(text)).toThrow(UsageError)
})

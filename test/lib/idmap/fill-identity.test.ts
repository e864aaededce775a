import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdMap } from '../../../lib/idmap/map.ts'
import { bases, mapsNear, rowsOf, SPAN, sorted, tableOf } from './oracle.ts'
import { refusal } from './refusal.ts'
import { extents, lines } from './written.ts'

const map = (...written: string[]) => IdMap.of<'disk', 'host'>(extents(...written))

test('ids in no extent become themselves', () => {
  const filled = map('1000 1000 1').fillIdentity([{ from: 998, count: 5 }])
  expect(lines(filled.map)).toEqual(['998 998 5'])
  expect(filled.taken).toEqual([])
})

test('without ids it fills every id there is', () => {
  const { map: all } = IdMap.of<'disk', 'host'>([]).fillIdentity()
  expect(lines(all)).toEqual(['0 0 4294967295'])
})

test('an id that somebody else is mapped to stays unmapped, and is told with the extent that has it', () => {
  const filled = map('0 100000 10').fillIdentity([{ from: 0, count: 200_000 }])
  expect(lines(filled.map)).toEqual(['0 100000 10', '10 10 99990', '100010 100010 99990'])
  expect(filled.taken).toEqual([{ ids: { from: 100_000, count: 10 }, by: { from: 0, to: 100_000, count: 10 } }])
})

test('two ids that are exchanged leave nothing to fill and nothing to tell', () => {
  const exchanged = map('0 1 1', '1 0 1')
  expect(exchanged.fillIdentity([{ from: 0, count: 2 }])).toEqual({ map: exchanged, taken: [] })
})

test('ranges that are none are refused', () => {
  expect(refusal(() => map('0 1 1').fillIdentity([{ from: 0, count: 0 }])).code).toBe('IDMAP_EMPTY_EXTENT')
})

test('against a table: each wanted id keeps its image, becomes itself, or is told as taken', () => {
  let taken = 0
  const range = fc.record({ from: fc.nat(SPAN - 9), count: fc.integer({ min: 1, max: 9 }) })
  const inputs = bases.chain(({ a, b }) =>
    fc.tuple(
      mapsNear<'x', 'y'>(a, b),
      fc.array(range, { maxLength: 4 }).map(ranges => ranges.map(({ from, count }) => ({ from: a + from, count }))),
    ),
  )
  fc.assert(
    fc.property(inputs, ([given, ranges]) => {
      const table = tableOf(given)
      const images = new Set(table.values())
      const wanted = [...tableOf(ranges.map(one => ({ ...one, to: one.from }))).keys()].sort((x, y) => x - y)
      const filled = given.fillIdentity(ranges)
      const fresh = wanted.filter(id => !table.has(id) && !images.has(id)).map(id => [id, id] as const)
      expect(rowsOf(filled.map)).toEqual(sorted(new Map([...table, ...fresh])))
      const told = filled.taken.flatMap(({ ids, by }) =>
        rowsOf([{ ...ids, to: by.from + (ids.from - by.to) }]).map(([id, other]) => [other, id] as const),
      )
      const expected = [...table].filter(([, image]) => wanted.includes(image) && !table.has(image))
      expect(sorted(new Map(told))).toEqual(sorted(new Map(expected)))
      taken += told.length
    }),
    { numRuns: 1000 },
  )
  expect(taken).toBeGreaterThan(20)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_ID } from '../../../lib/idmap/extent.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { split } from '../../../lib/idmap/split.ts'
import { bases, extentsNear, mapsNear, rowsOf } from './oracle.ts'
import { refusal } from './refusal.ts'
import { extents, lines } from './written.ts'

test('a nested map is cut where the extents of its parent meet, and an id map would join it again', () => {
  const nested = IdMap.of<'nested', 'container'>(extents('0 1000 2000'))
  const parent = extents('0 100000 1500', '1500 101500 1500')
  expect(lines(split(nested, parent))).toEqual(['0 1000 500', '500 1500 1500'])
  expect(IdMap.of(split(nested, parent)).extents).toEqual(nested.extents)
})

test('the pieces are in the order of the map, whichever side was cut', () => {
  const map = IdMap.of<'container', 'host'>(extents('0 1000 10', '10 0 10'))
  const boundaries = [{ from: 5, count: 998 }]
  expect(lines(split(map, boundaries))).toEqual(['0 1000 3', '3 1003 7', '10 0 5', '15 5 5'])
  expect(lines(split(map, boundaries, 'from'))).toEqual(['0 1000 5', '5 1005 5', '10 0 10'])
})

test('without boundaries, or with one that ends at the last id, nothing is cut', () => {
  const all = IdMap.of<'container', 'host'>(extents('0 0 4294967295'))
  expect(split(all, [])).toEqual(all.extents)
  expect(split(all, [{ from: 0, count: MAX_ID + 1 }])).toEqual(all.extents)
  expect(lines(split(all, [{ from: MAX_ID, count: 1 }]))).toEqual(['0 0 4294967294', '4294967294 4294967294 1'])
})

test('a boundary that is no range of ids is refused', () => {
  const map = IdMap.of<'container', 'host'>(extents('0 0 10'))
  expect(refusal(() => split(map, [{ from: 5, count: -1 }])).problems).toHaveLength(1)
})

test('against a table: the same ids, and no piece has ids on both sides of a cut, nor two pieces that need no cut', () => {
  const inputs = bases.chain(({ a, b }) => fc.tuple(mapsNear<'a', 'b'>(a, b), extentsNear(a, b)))
  fc.assert(
    fc.property(inputs, fc.constantFrom('from', 'to'), ([map, written], side) => {
      const boundaries = written.map(extent => ({ from: extent[side], count: extent.count }))
      const pieces = split(map, boundaries, side)
      expect(rowsOf(pieces)).toEqual(rowsOf(map))
      const cuts = new Set(boundaries.flatMap(({ from, count }) => [from, from + count]))
      const expected = new Set(map.extents.map(extent => extent[side]))
      for (const extent of map)
        for (let id = extent[side] + 1; id < extent[side] + extent.count; id++) if (cuts.has(id)) expected.add(id)
      expect(pieces.map(piece => piece[side]).sort((x, y) => x - y)).toEqual([...expected].sort((x, y) => x - y))
      expect(pieces.map(({ from }) => from)).toEqual(pieces.map(({ from }) => from).sort((x, y) => x - y))
    }),
    { numRuns: 1000 },
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Extent, INVALID_ID, MAX_ID } from '../../../lib/idmap/extent.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { bases, extentsNear, mapsNear, rowsOf, SPAN, sorted, tableOf } from './oracle.ts'
import { refusal } from './refusal.ts'

type Small = { a: number; b: number; c: number }
const oneMap = (property: (extents: Extent[], base: Small) => void) =>
  fc.assert(
    fc.property(
      bases.chain(base => fc.tuple(extentsNear(base.a, base.b), fc.constant(base))),
      ([extents, base]) => property(extents, base),
    ),
    { numRuns: 500 },
  )
const twoMaps = (property: (first: IdMap<'a', 'b'>, next: IdMap<'b', 'c'>) => void) =>
  fc.assert(
    fc.property(
      bases.chain(({ a, b, c }) => fc.tuple(mapsNear<'a', 'b'>(a, b), mapsNear<'b', 'c'>(b, c))),
      ([first, next]) => property(first, next),
    ),
    { numRuns: 500 },
  )

describe('one map against a table of every id, near 0 and near the last id', () => {
  test('lookup gives what the extents say, and undefined for every other id', () => {
    oneMap((extents, { a }) => {
      const map = IdMap.of(extents)
      const table = tableOf(extents)
      for (let id = a - 1; id <= a + SPAN; id++) expect(map.lookup(id)).toBe(table.get(id))
    })
  })

  test('invert swaps every pair of ids', () => {
    oneMap(extents => {
      const swapped = new Map([...tableOf(extents)].map(([from, to]) => [to, from] as const))
      expect(rowsOf(IdMap.of(extents).invert())).toEqual(sorted(swapped))
    })
  })

  test('size is the number of ids', () => {
    oneMap(extents => {
      expect(IdMap.of(extents).size).toBe(tableOf(extents).size)
    })
  })

  test('maps are equal exactly when their tables are, however they were cut and ordered', () => {
    oneMap(extents => {
      const singles = [...tableOf(extents)].map(([from, to]) => ({ from, to, count: 1 })).reverse()
      const map = IdMap.of<'a', 'b'>(extents)
      const cut = IdMap.of<'a', 'b'>(singles)
      expect(cut).toEqual(map)
      expect(cut.equals(map)).toBe(true)
      if (singles.length > 0) expect(IdMap.of<'a', 'b'>(singles.slice(1)).equals(map)).toBe(false)
    })
  })

  test('there and back again is the identity on the mapped ids', () => {
    oneMap(extents => {
      const map = IdMap.of<'a', 'b'>(extents)
      expect(rowsOf(map.compose(map.invert())).every(([from, to]) => from === to)).toBe(true)
      expect(map.compose(map.invert()).size).toBe(map.size)
      expect(map.invert().invert()).toEqual(map)
    })
  })
})

describe('two maps against tables of every id', () => {
  test('compose follows each id through both maps and leaves out what either leaves out', () => {
    twoMaps((first, next) => {
      const through = new Map<number, number>()
      for (const [id, middle] of tableOf(first)) {
        const end = tableOf(next).get(middle)
        if (end !== undefined) through.set(id, end)
      }
      expect(rowsOf(first.compose(next))).toEqual(sorted(through))
    })
  })

  test('without keeps exactly the ids the other map does not map', () => {
    twoMaps((other, map) => {
      const taken = tableOf(other.invert())
      const kept = new Map([...tableOf(map)].filter(([id]) => !taken.has(id)))
      expect(rowsOf(map.without(other.invert()))).toEqual(sorted(kept))
    })
  })

  test('without takes ranges that come in any order and overlap', () => {
    const range = fc.record({ from: fc.nat(SPAN), count: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(mapsNear(0, 0), fc.array(range, { maxLength: 6 }), (map, ranges) => {
        const inside = (id: number) => ranges.some(({ from, count }) => id >= from && id < from + count)
        expect(rowsOf(map.without(ranges))).toEqual(rowsOf(map).filter(([id]) => !inside(id)))
      }),
    )
  })

  test('restrict keeps exactly the ids the other map maps, and with what without keeps it is the whole map', () => {
    twoMaps((other, map) => {
      const wanted = tableOf(other.invert())
      const kept = new Map([...tableOf(map)].filter(([id]) => wanted.has(id)))
      expect(rowsOf(map.restrict(other.invert()))).toEqual(sorted(kept))
      expect(map.restrict(other.invert()).union(map.without(other.invert())).equals(map)).toBe(true)
    })
  })

  test('contains is true when every id of the other map is mapped', () => {
    const seen = { yes: 0, no: 0 }
    twoMaps((other, map) => {
      const ids = [...tableOf(other.invert()).keys()]
      const every = ids.every(id => tableOf(map).has(id))
      expect(map.contains(other.invert())).toBe(every)
      expect(map.contains(ids.map(from => ({ from, count: 1 })))).toBe(every)
      expect(map.contains(map.restrict(other.invert()))).toBe(true)
      seen[every ? 'yes' : 'no']++
    })
    expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(5)
  })

  test('restrict and contains take ranges that come in any order and overlap', () => {
    const range = fc.record({ from: fc.nat(SPAN), count: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(mapsNear(0, 0), fc.array(range, { maxLength: 6 }), (map, ranges) => {
        const wanted = [...tableOf(ranges.map(one => ({ ...one, to: 0 }))).keys()]
        expect(rowsOf(map.restrict(ranges))).toEqual(rowsOf(map).filter(([id]) => wanted.includes(id)))
        expect(map.contains(ranges)).toBe(wanted.every(id => tableOf(map).has(id)))
      }),
      { numRuns: 500 },
    )
  })

  test('shift moves every id of one side, there and back', () => {
    oneMap((extents, { a, b }) => {
      const map = IdMap.of<'a', 'b'>(extents)
      const offset = { from: a === 0 ? 7 : -7, to: b === 0 ? 100_000 : -100_000 }
      expect(rowsOf(map.shift('from', offset.from))).toEqual(
        rowsOf(map).map(([id, image]) => [id + offset.from, image]),
      )
      expect(rowsOf(map.shift('to', offset.to))).toEqual(rowsOf(map).map(([id, image]) => [id, image + offset.to]))
      expect(map.shift('to', offset.to).shift('to', -offset.to).equals(map)).toBe(true)
    })
  })

  test('overlaps is true when some id is mapped by both', () => {
    let met = 0
    twoMaps((first, next) => {
      const other = tableOf(next)
      const common = [...tableOf(first.invert()).keys()].some(id => other.has(id))
      if (common) met++
      expect(first.invert().overlaps(next)).toBe(common)
    })
    expect(met).toBeGreaterThan(0)
  })
})

describe('the last id', () => {
  test('the map of the initial user namespace holds all 4294967295 ids', () => {
    const all = IdMap.of<'container', 'host'>([{ from: 0, to: 0, count: INVALID_ID }])
    expect(all.size).toBe(4_294_967_295)
    expect(all.lookup(MAX_ID)).toBe(MAX_ID)
    expect(all.lookup(INVALID_ID)).toBeUndefined()
    expect(all.without([{ from: MAX_ID, count: 1 }]).extents).toEqual([{ from: 0, to: 0, count: MAX_ID }])
    expect(all.without(all).size).toBe(0)
  })

  test('an id just below the last maps exactly, without rounding', () => {
    const map = IdMap.of([{ from: MAX_ID - 65_535, to: 0, count: 65_536 }])
    expect(map.lookup(MAX_ID)).toBe(65_535)
    expect(map.invert().lookup(65_535)).toBe(MAX_ID)
  })
})

test('lookup of a number that is no id finds nothing', () => {
  const map = IdMap.of([{ from: 0, to: 100_000, count: 65_536 }])
  for (const id of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, INVALID_ID]) expect(map.lookup(id)).toBeUndefined()
})

test('extents that continue each other on one side only are not joined', () => {
  const map = IdMap.of([
    { from: 0, to: 10, count: 5 },
    { from: 5, to: 20, count: 5 },
    { from: 30, to: 25, count: 5 },
  ])
  expect(map.extents).toHaveLength(3)
})

describe('a shift past the ends', () => {
  const map = IdMap.of<'image', 'disk'>([
    { from: 0, to: 100_000, count: 10 },
    { from: 20, to: MAX_ID, count: 1 },
  ])

  test('to the last id is a shift like any other', () => {
    expect(map.shift('from', MAX_ID - 20).lookup(MAX_ID)).toBe(MAX_ID)
    expect(map.shift('to', -100_000).lookup(0)).toBe(0)
  })

  test('names every extent that would leave the ids, as it is now', () => {
    const down = refusal(() => map.shift('from', -1, { from: 'image', to: 'disk', half: 'gid' }))
    expect(down.problems).toEqual([
      {
        code: 'IDMAP_SHIFTED_OUT',
        extent: { from: 0, to: 100_000, count: 10 },
        side: 'from',
        offset: -1,
        context: { from: 'image', to: 'disk', half: 'gid' },
        message:
          "gid: extent (0 100000 10) can't be shifted by -1 on its image side: it would be at -1..8, but ids are whole numbers from 0 to 4294967294",
      },
    ])
    const up = refusal(() => map.shift('to', 4_294_867_295))
    expect(up.problems.map(({ message }) => message)).toEqual([
      'extent (0 100000 10) can\'t be shifted by 4294867295 on its "to" side: it would be at 4294967295..4294967304, but ids are whole numbers from 0 to 4294967294',
      'extent (20 4294967294 1) can\'t be shifted by 4294867295 on its "to" side: it would be at 8589834589, but ids are whole numbers from 0 to 4294967294',
    ])
  })

  test('half an id is no offset', () => {
    expect(refusal(() => map.shift('to', 0.5)).problems).toHaveLength(2)
  })
})

test('the extents can be had as a copy that is the caller’s own', () => {
  const map = IdMap.of([{ from: 0, to: 100_000, count: 10 }])
  const copy = map.toExtents()
  copy.push({ from: 1, to: 1, count: 1 })
  Object.assign(copy[0] ?? {}, { to: 7 })
  expect(map.toExtents()).toEqual([{ from: 0, to: 100_000, count: 10 }])
})

test('maps that differ in one column only are not equal', () => {
  const map = IdMap.of<'a', 'b'>([{ from: 0, to: 10, count: 5 }])
  for (const other of [
    { from: 1, to: 10, count: 5 },
    { from: 0, to: 11, count: 5 },
    { from: 0, to: 10, count: 6 },
  ])
    expect(map.equals(IdMap.of([other]))).toBe(false)
})

test('a map is written in words, and says so when it is empty', () => {
  const map = IdMap.of([
    { from: 70_000, to: 1005, count: 1 },
    { from: 0, to: 100_000, count: 65_536 },
  ])
  expect(`${map}`).toBe('0..65535→100000, 70000→1005')
  expect(`${IdMap.of([])}`).toBe('(empty)')
})

test('a map can be neither changed from outside nor through the extents it was made of', () => {
  const given = { from: 0, to: 100_000, count: 10 }
  const map = IdMap.of([given])
  given.count = 99
  expect([...map]).toEqual([{ from: 0, to: 100_000, count: 10 }])
  expect(() => (map.extents as Extent[]).pop()).toThrow(TypeError)
  expect(() => Object.assign(map.extents[0] ?? {}, { to: 0 })).toThrow(TypeError)
})

test('compose of two maps of 100000 extents each does not compare every extent with every other', () => {
  const scattered = Array.from({ length: 100_000 }, (_, i) => ({
    from: 2 * i,
    to: 2 * ((i * 7_919) % 100_000),
    count: 1,
  }))
  const map = IdMap.of<'a', 'a'>(scattered)
  expect(map.compose(map).lookup(2)).toBe(2 * ((7_919 * 7_919) % 100_000))
  expect(map.compose(map.invert()).size).toBe(100_000)
}, 30_000)

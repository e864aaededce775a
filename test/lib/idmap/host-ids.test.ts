import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_ID } from '../../../lib/idmap/extent.ts'
import { missingFrom, sharedHostIds } from '../../../lib/idmap/host-ids.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { bases, mapsNear, SPAN, tableOf } from './oracle.ts'
import { refusal } from './refusal.ts'
import { both, extents, unprivileged } from './written.ts'

describe('host ids of two containers', () => {
  test('neighbouring ranges share nothing', () => {
    expect(sharedHostIds(unprivileged, both<'container', 'host'>('0 165536 65536'))).toEqual({ uid: [], gid: [] })
  })

  test('one id is told with the extents that give it', () => {
    const other = both<'container', 'host'>('0 165535 10')
    const shared = { from: 165_535, count: 1, extents: extents('0 100000 65536', '0 165535 10') }
    expect(sharedHostIds(unprivileged, other)).toEqual({ uid: [shared], gid: [shared] })
  })

  test('users are compared with users, groups with groups', () => {
    const one = { uid: both<'a', 'host'>('0 5 1').uid, gid: both<'a', 'host'>('0 6 1').gid }
    const other = { uid: both<'b', 'host'>('0 6 1').uid, gid: both<'b', 'host'>('9 6 1').gid }
    expect(sharedHostIds(one, other)).toMatchObject({ uid: [], gid: [{ from: 6, count: 1 }] })
  })

  test('against tables: exactly the ids that both have', () => {
    const inputs = bases.chain(({ a, b, c }) =>
      fc.tuple(mapsNear<'one', 'host'>(a, b), mapsNear<'other', 'host'>(c, b)),
    )
    fc.assert(
      fc.property(inputs, ([one, other]) => {
        const shared = sharedHostIds({ uid: one, gid: one }, { uid: other, gid: other }).uid
        const theirs = new Set(tableOf(other).values())
        const expected = [...tableOf(one).values()].filter(id => theirs.has(id)).sort((x, y) => x - y)
        expect([...tableOf(shared.map(ids => ({ ...ids, to: 0 }))).keys()]).toEqual(expected)
        for (const {
          from,
          count,
          extents: [mine, yours],
        } of shared) {
          expect(IdMap.of([mine]).invert().contains([{ from, count }])).toBe(true)
          expect(IdMap.of([yours]).invert().contains([{ from, count }])).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('ids that nobody delegated', () => {
  test('a range may span lines that touch', () => {
    const lines = [
      { from: 165_536, count: 65_536 },
      { from: 100_000, count: 65_536 },
    ]
    expect(missingFrom([{ from: 150_000, count: 50_000 }], lines)).toEqual([])
    expect(missingFrom([{ from: 99_999, count: 2 }], lines)).toEqual([{ from: 99_999, count: 1 }])
    expect(missingFrom([{ from: 231_071, count: 2 }], lines)).toEqual([{ from: 231_072, count: 1 }])
  })

  test('with nothing delegated everything is missing, up to the last id', () => {
    expect(
      missingFrom(
        [
          { from: 1005, count: 1 },
          { from: MAX_ID, count: 1 },
        ],
        [],
      ),
    ).toEqual([
      { from: 1005, count: 1 },
      { from: MAX_ID, count: 1 },
    ])
    expect(missingFrom([], [])).toEqual([])
  })

  test('what is no range of ids is refused on either side', () => {
    expect(refusal(() => missingFrom([{ from: 0, count: 0 }], [])).code).toBe('IDMAP_EMPTY_EXTENT')
    expect(refusal(() => missingFrom([], [{ from: MAX_ID, count: 2 }])).problems).toHaveLength(1)
  })

  test('against a table of every id', () => {
    const ranges = fc.array(fc.record({ from: fc.nat(SPAN), count: fc.integer({ min: 1, max: 9 }) }), { maxLength: 6 })
    const idsOf = (list: readonly { from: number; count: number }[]) =>
      [...tableOf(list.map(one => ({ ...one, to: 0 }))).keys()].sort((x, y) => x - y)
    fc.assert(
      fc.property(ranges, ranges, (wanted, available) => {
        const missing = missingFrom(wanted, available)
        expect(idsOf(missing)).toEqual(idsOf(wanted).filter(id => !idsOf(available).includes(id)))
        expect(idsOf(missing)).toHaveLength(missing.reduce((sum, { count }) => sum + count, 0))
      }),
      { numRuns: 1000 },
    )
  })
})

import { expect, test } from 'vitest'
import { IdMap } from '../../../lib/idmap/map.ts'
import {
  composePair,
  equalPairs,
  invertPair,
  mapPair,
  pairOf,
  restrictPair,
  withoutPair,
} from '../../../lib/idmap/pair.ts'

const users = [{ from: 0, to: 100_000, count: 1000 }]
const groups = [{ from: 0, to: 200_000, count: 1000 }]
const pair = pairOf({ uid: users, gid: groups }, { from: 'container', to: 'host' })

test('users and groups keep to their own map', () => {
  expect(invertPair(pair).uid.lookup(100_007)).toBe(7)
  expect(invertPair(pair).gid.lookup(200_007)).toBe(7)
  const there = composePair(pair, invertPair(pair))
  expect([there.uid.lookup(999), there.gid.lookup(999)]).toEqual([999, 999])
  const crossed = composePair(pair, invertPair({ uid: pair.gid, gid: pair.uid }))
  expect([crossed.uid.size, crossed.gid.size]).toEqual([0, 0])
})

test('a change is told which half it changes', () => {
  expect(mapPair(pair, (map, half) => `${half} ${map}`)).toEqual({ uid: 'uid 0..999→100000', gid: 'gid 0..999→200000' })
})

test('each half is cut by the same half of the other pair', () => {
  const other = pairOf<'container', 'disk'>({
    uid: [{ from: 0, to: 5, count: 10 }],
    gid: [{ from: 990, to: 5, count: 10 }],
  })
  const rest = withoutPair(pair, other)
  expect([`${rest.uid}`, `${rest.gid}`]).toEqual(['10..999→100010', '0..989→200000'])
  const cut = restrictPair(pair, other)
  expect([`${cut.uid}`, `${cut.gid}`]).toEqual(['0..9→100000', '990..999→200990'])
})

test('pairs are equal only when both halves are', () => {
  expect(equalPairs(pair, pairOf({ uid: users, gid: groups }))).toBe(true)
  expect(equalPairs(pair, { uid: pair.uid, gid: pair.uid })).toBe(false)
  expect(equalPairs(pair, { uid: IdMap.of([]), gid: pair.gid })).toBe(false)
})

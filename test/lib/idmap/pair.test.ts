import { expect, test } from 'vitest'
import { IdMap } from '../../../lib/idmap/map.ts'
import { composePair, equalPairs, invertPair, mapPair, pairOf } from '../../../lib/idmap/pair.ts'

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

test('pairs are equal only when both halves are', () => {
  expect(equalPairs(pair, pairOf({ uid: users, gid: groups }))).toBe(true)
  expect(equalPairs(pair, { uid: pair.uid, gid: pair.uid })).toBe(false)
  expect(equalPairs(pair, { uid: IdMap.of([]), gid: pair.gid })).toBe(false)
})

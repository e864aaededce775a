import { describe, expect, test } from 'vitest'
import { pairOf } from '../../lib/idmap/pair.ts'
import { type Sabotage, sabotageMap, sabotages } from '../../scenarios/kit/sabotage.ts'

const map = pairOf<'disk', 'host'>({
  uid: [
    { from: 0, to: 100000, count: 1005 },
    { from: 1005, to: 1005, count: 1 },
  ],
  gid: [{ from: 0, to: 200000, count: 1000 }],
})

function broken(how: Sabotage | undefined): { uid: string; gid: string } {
  const { uid, gid } = sabotageMap(map, how)
  return { uid: String(uid), gid: String(gid) }
}

const asItIs = { uid: '0..1004→100000, 1005→1005', gid: '0..999→200000' }

describe('a mount map broken on purpose', () => {
  test('with its columns swapped', () => {
    expect(broken('swapped-columns')).toEqual({ uid: '1005→1005, 100000..101004→0', gid: '200000..200999→0' })
  })

  test('with its halves exchanged', () => {
    expect(broken('exchanged-halves')).toEqual({ uid: asItIs.gid, gid: asItIs.uid })
  })

  test('with each extent one id short, and those of one id gone', () => {
    expect(broken('one-id-short')).toEqual({ uid: '0..1003→100000', gid: '0..998→200000' })
  })

  test('is as it is when something else is broken, or nothing', () => {
    expect(broken('wrong-owner-on-disk')).toEqual(asItIs)
    expect(broken('wrong-bytes-on-disk')).toEqual(asItIs)
    expect(broken(undefined)).toEqual(asItIs)
  })

  test('every way of breaking something says in words what it breaks', () => {
    expect(Object.entries(sabotages).filter(([, words]) => !words.includes(' '))).toEqual([])
  })
})

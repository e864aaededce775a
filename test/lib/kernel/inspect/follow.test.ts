import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endOfTrail, follow, type Hop, idIn } from '../../../../lib/kernel/inspect/follow.ts'
import { extentsInWords, idInSentences, trailInWords } from '../../../../lib/kernel/inspect/words.ts'

const mount = (extents: Hop['extents']): Hop => ({ to: 'host', by: 'the mount’s map', extents, column: 'from' })
const container = (extents: Hop['extents']): Hop => ({
  to: 'container',
  by: 'the map of user:[7]',
  extents,
  column: 'to',
})
const extent = (from: number, to: number, count: number) => ({ from, to, count })
const disk = (id: number) => ({ space: 'disk', id })
const nobody = 'shown as 65534 (overflow uid)'

const proxmox = [mount([extent(0, 100000, 1000), extent(1005, 101005, 1)]), container([extent(0, 100000, 65536)])]

test('an id is told with its space and the extent that carried it, at every hop', () => {
  const trail = follow('uid', disk(1005), proxmox)
  expect(trailInWords(trail, nobody)).toBe(
    'disk uid 1005 → host 101005 (u 1005 101005 1) → container 1005 (u 0 100000 65536)',
  )
  expect([endOfTrail(trail), idIn(trail, 'host'), idIn(trail, 'nowhere')]).toEqual([1005, 101005, undefined])
})

describe('an id that is lost is told with the hop that lost it and what that maps', () => {
  test.each([
    [
      'by the mount',
      [mount([extent(0, 100000, 1000)])],
      'disk uid 1005 → the mount’s map has no extent for 1005 (it maps 0..999→100000) → shown as 65534 (overflow uid)',
    ],
    [
      'by the namespace',
      [mount(undefined), container([extent(0, 100000, 65536)])],
      'disk uid 1005 → host 1005 → the map of user:[7] has no extent that leads to host 1005 (it maps 0..65535→100000) → shown as 65534 (overflow uid)',
    ],
    [
      'by a namespace without maps',
      [mount(undefined), container([])],
      'disk uid 1005 → host 1005 → the map of user:[7] is empty, so it has no extent for 1005 → shown as 65534 (overflow uid)',
    ],
    [
      'by a mount whose map is hidden',
      [{ ...mount([]), seenOnly: true }],
      'disk uid 1005 → the mount’s map has no id for 1005 (this kernel does not show the map) → shown as 65534 (overflow uid)',
    ],
  ])('%s', (_, hops, words) => {
    const trail = follow('uid', disk(1005), hops)
    expect(trailInWords(trail, nobody)).toBe(words)
    expect(endOfTrail(trail)).toBeUndefined()
  })
})

test('what was only seen of a hidden map is told as seen, not as an extent', () => {
  const trail = follow('gid', disk(5), [{ ...mount([extent(5, 100005, 1)]), seenOnly: true }])
  expect(trailInWords(trail, nobody)).toBe(
    'disk gid 5 → host 100005 (so it was seen; this kernel does not show the map)',
  )
})

test('of a map with many extents the first and the last are told', () => {
  const many = Array.from({ length: 9 }, (_, i) => extent(10 * i, 1000 + 10 * i, 1))
  expect(extentsInWords(many.slice(0, 6))).toBe('0→1000, 10→1010, 20→1020, 30→1030, 40→1040, 50→1050')
  expect(extentsInWords(many)).toBe('0→1000, 10→1010, 20→1020, 30→1030, 40→1040, … 3 more …, 80→1080')
})

test('what would mend an id is told below its way', () => {
  const told = { what: 'owner', words: 'disk uid 5 → …' }
  expect(idInSentences({ ...told, remedy: undefined })).toEqual(['owner: disk uid 5 → …'])
  expect(idInSentences({ ...told, remedy: 'a map' })).toEqual(['owner: disk uid 5 → …', '    a map'])
})

const id = fc.nat(4294967294)
test('through a namespace and back an id is what it was, or lost', () => {
  fc.assert(
    fc.property(id, id, id, fc.integer({ min: 1, max: 70000 }), (start, from, to, most) => {
      const count = Math.min(most, 4294967295 - Math.max(from, to))
      const outwards: Hop = { ...mount([extent(from, to, count)]), to: 'there' }
      const back: Hop = { ...container([extent(from, to, count)]), to: 'back' }
      const end = endOfTrail(follow('uid', disk(start), [outwards, back]))
      expect(end).toBe(start >= from && start < from + count ? start : undefined)
    }),
  )
})

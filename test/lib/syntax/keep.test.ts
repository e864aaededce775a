import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdMap } from '../../../lib/idmap/map.ts'
import type { Half } from '../../../lib/idmap/problem.ts'
import { keepWritten } from '../../../lib/syntax/keep.ts'
import { pairs } from './arbitrary.ts'
import { pair } from './told.ts'

const part = (...rows: readonly (readonly [Half, number, number, number])[]) => ({
  entries: rows.map(([half, from, to, count]) => ({ half, extent: { from, to, count }, line: 1, column: 1 })),
})
const MAP = pair<'container', 'host'>([[0, 100, 10]], [[0, 200, 10]])

test('a part stays that says what the map says, and what is missing is the rest', () => {
  const first = part(['uid', 2, 102, 3])
  const second = part(['gid', 0, 200, 10])
  const { kept, missing } = keepWritten([first, second], MAP)
  expect([...kept]).toEqual([first, second])
  expect(missing).toEqual({
    uid: [
      { from: 0, to: 100, count: 2 },
      { from: 5, to: 105, count: 5 },
    ],
    gid: [],
  })
})

test.each([
  ['other ids', part(['uid', 2, 103, 1])],
  ['ids behind the end', part(['uid', 8, 108, 3])],
  ['ids the map has not', part(['uid', 50, 150, 1])],
  ['nothing at all', part()],
  ['an empty extent', part(['uid', 2, 102, 0])],
  ['one half right, one wrong', part(['uid', 2, 102, 1], ['gid', 2, 102, 1])],
])('a part goes that says %s', (_, gone) => {
  expect(keepWritten([gone], MAP).kept.size).toBe(0)
  expect(keepWritten([gone], MAP).missing.uid).toEqual([{ from: 0, to: 100, count: 10 }])
})

test('of two parts for one id one stays', () => {
  const first = part(['uid', 2, 102, 3])
  const again = part(['uid', 4, 104, 2])
  const beside = part(['uid', 5, 105, 1])
  expect([...keepWritten([first, again], MAP).kept]).toEqual([first])
  expect([...keepWritten([first, beside], MAP).kept]).toEqual([first, beside])
  const alike = part(['gid', 0, 200, 1])
  expect([...keepWritten([alike, part(['gid', 0, 200, 1])], MAP).kept]).toEqual([alike])
})

test('what stays and what is missing are together the map', () => {
  fc.assert(
    fc.property(pairs<'container', 'host'>(), pairs<'container', 'host'>(), (old, map) => {
      const written = (['uid', 'gid'] as const).flatMap(half =>
        old[half].extents.map(({ from, to, count }) => part([half, from, to, count])),
      )
      const { kept, missing } = keepWritten(written, map)
      for (const half of ['uid', 'gid'] as const) {
        const stays = [...kept].flatMap(({ entries }) => entries.filter(entry => entry.half === half))
        const all = [...stays.map(({ extent }) => extent), ...missing[half]]
        expect(IdMap.of<'container', 'host'>(all)).toEqual(map[half])
      }
    }),
  )
})

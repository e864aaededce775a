import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { breakInsert, fillGaps } from '../../../lib/syntax/podman-extend.ts'
import { extentsNear, rowsOf } from '../idmap/oracle.ts'
import { pair } from './told.ts'

const PLACE = { text: 'x', line: 1, column: 1 }
const OTHER = { text: 'y', line: 2, column: 1 }
const at = (from: number, to: number, count: number, isExtending = false) => ({
  extent: { from, to, count },
  place: PLACE,
  isExtending,
})
const rows = (placed: readonly { extent: { from: number; to: number; count: number } }[]) =>
  placed.map(({ extent: { from, to, count } }) => [from, to, count])

describe('breakInsert', () => {
  test('takes the new ids away on both sides', () => {
    expect(rows(breakInsert([at(0, 100, 10), at(3, 107, 2, true)]))).toEqual([
      [0, 100, 3],
      [5, 105, 2],
      [9, 109, 1],
      [3, 107, 2],
    ])
  })

  test('takes nothing away when it does not extend, or is empty', () => {
    expect(rows(breakInsert([at(0, 100, 10), at(3, 107, 2)]))).toEqual([
      [0, 100, 10],
      [3, 107, 2],
    ])
    expect(rows(breakInsert([at(0, 100, 2), at(1, 101, 0, true)]))).toEqual([
      [0, 100, 1],
      [1, 101, 1],
      [1, 101, 0],
    ])
  })

  test('id by id: the last word on an id is the extending one’s', () => {
    fc.assert(
      fc.property(extentsNear(0, 0), extentsNear(0, 0), (old, news) => {
        const placed = breakInsert([
          ...old.map(({ from, to, count }) => at(from, to, count)),
          ...news.map(({ from, to, count }) => at(from, to, count, true)),
        ])
        const expected = new Map(rowsOf(old))
        for (const [from, to] of rowsOf(news)) {
          for (const [key, value] of expected) if (key === from || value === to) expected.delete(key)
          expected.set(from, to)
        }
        expect(rowsOf(placed.map(({ extent }) => extent))).toEqual([...expected].sort(([a], [b]) => a - b))
      }),
    )
  })
})

describe('fillGaps', () => {
  const namespace = pair<'container', 'host'>([
    [0, 500, 3],
    [10, 600, 4],
  ]).uid

  test('gives the free ids of the namespace to the container’s, from 0 on', () => {
    const filled = fillGaps([at(5, 1, 1), at(2, 11, 1)], namespace, OTHER)
    expect(rows(filled)).toEqual([
      [0, 0, 1],
      [1, 2, 1],
      [2, 11, 1],
      [3, 10, 1],
      [4, 12, 1],
      [5, 1, 1],
      [6, 13, 1],
    ])
    expect(filled.map(({ place }) => place.text).join('')).toBe('yyxyyxy')
  })

  test('leaves gaps when there are no more', () => {
    expect(rows(fillGaps([at(100, 0, 1)], namespace, OTHER))).toEqual([
      [0, 1, 2],
      [2, 10, 4],
      [100, 0, 1],
    ])
    expect(rows(fillGaps([at(4, 0, 3), at(9, 10, 4)], namespace, OTHER))).toEqual([
      [4, 0, 3],
      [9, 10, 4],
    ])
  })

  test('all of the namespace for nothing', () => {
    expect(rows(fillGaps([], namespace, OTHER))).toEqual([
      [0, 0, 3],
      [3, 10, 4],
    ])
  })
})

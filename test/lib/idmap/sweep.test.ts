import { describe, expect, test } from 'vitest'
import { MAX_ID } from '../../../lib/idmap/extent.ts'
import { complement, joined, meeting, overlaps } from '../../../lib/idmap/sweep.ts'
import { extents, lines } from './written.ts'

const range = (from: number, count: number) => ({ from, count })

describe('the complement', () => {
  test('of nothing is everything, and of everything nothing', () => {
    expect(complement([])).toEqual([range(0, MAX_ID + 1)])
    expect(complement([range(0, MAX_ID + 1)])).toEqual([])
  })

  test('has no empty ranges at the ends or where ranges touch', () => {
    expect(complement([range(10, 5), range(0, 5), range(15, 5)])).toEqual([range(5, 5), range(20, MAX_ID - 19)])
    expect(complement([range(MAX_ID, 1)])).toEqual([range(0, MAX_ID)])
  })
})

test('ranges that touch, overlap or lie within each other are joined', () => {
  expect(joined([range(20, 5), range(0, 10), range(2, 3), range(10, 1), range(24, 4)])).toEqual([
    range(0, 11),
    range(20, 8),
  ])
  expect(joined([range(0, 1), range(2, 1)])).toEqual([range(0, 1), range(2, 1)])
})

test('the ranges that meet a range are those that share an id with it', () => {
  const sorted = [range(0, 10), range(10, 10), range(30, 10), range(40, 1)]
  expect(meeting(sorted, range(9, 1))).toEqual([range(0, 10)])
  expect(meeting(sorted, range(9, 22))).toEqual([range(0, 10), range(10, 10), range(30, 10)])
  expect(meeting(sorted, range(20, 10))).toEqual([])
  expect(meeting(sorted, range(39, 100))).toEqual([range(30, 10), range(40, 1)])
})

test('an overlap is told with the first of the extents that reach furthest', () => {
  const found = overlaps(extents('0 0 10', '5 100 5', '8 200 2'), 'from')
  expect(found.map(lines)).toEqual([
    ['0 0 10', '5 100 5'],
    ['0 0 10', '8 200 2'],
  ])
})

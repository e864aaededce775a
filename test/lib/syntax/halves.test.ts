import { expect, test } from 'vitest'
import { HALVES, letteredExtents } from '../../../lib/syntax/halves.ts'
import { pair } from './told.ts'

test('what users and groups have alike is there once, users first', () => {
  const map = pair(
    [
      [0, 1, 2],
      [10, 11, 2],
      [20, 21, 1],
    ],
    [
      [5, 1, 2],
      [10, 11, 2],
      [20, 22, 1],
      [30, 31, 1],
    ],
  )
  expect(
    letteredExtents(map).map(({ letter, extent }) => `${letter} ${extent.from} ${extent.to} ${extent.count}`),
  ).toEqual(['u 0 1 2', 'b 10 11 2', 'u 20 21 1', 'g 5 1 2', 'g 20 22 1', 'g 30 31 1'])
})

test('the letters', () => {
  expect([...HALVES]).toEqual([
    ['u', ['uid']],
    ['g', ['gid']],
    ['b', ['uid', 'gid']],
  ])
})

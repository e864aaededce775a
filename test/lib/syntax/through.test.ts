import { expect, test } from 'vitest'
import { extentWith, insideNamespace, throughNamespace } from '../../../lib/syntax/through.ts'
import { refusal } from './refusal.ts'
import { inexpressible, pair } from './told.ts'

const NAMESPACE = pair<'container', 'host'>(
  [
    [0, 1000, 1],
    [1, 100000, 9],
    [20, 5, 5],
  ],
  [[0, 7, 3]],
)
const PLACE = { text: 'x', line: 4, column: 2 }
const through = (from: number, to: number, count: number) =>
  throughNamespace('podman', PLACE, { from, to, count }, NAMESPACE.uid)

test('an extent is split where the namespace has a seam', () => {
  expect(through(50, 0, 10)).toEqual([
    { from: 50, to: 1000, count: 1 },
    { from: 51, to: 100000, count: 9 },
  ])
  expect(through(50, 21, 2)).toEqual([{ from: 50, to: 6, count: 2 }])
})

test('an empty extent stays what it is, for the map to name', () => {
  expect(through(50, 99, 0)).toEqual([{ from: 50, to: 99, count: 0 }])
})

test('the first id the namespace does not have is told', () => {
  expect(refusal(() => through(0, 8, 5))).toMatchObject({
    dialect: 'podman',
    line: 4,
    column: 2,
    found: 'x',
    expected: 'ids that the namespace has (10 is not in its map)',
  })
})

test('the extent an id is in', () => {
  expect(extentWith(NAMESPACE.uid, 0)).toEqual({ from: 0, to: 1000, count: 1 })
  expect(extentWith(NAMESPACE.uid, 9)?.from).toBe(1)
  expect(extentWith(NAMESPACE.uid, 10)).toBeUndefined()
  expect(extentWith(NAMESPACE.uid, 24)?.from).toBe(20)
  expect(extentWith(NAMESPACE.uid, 25)).toBeUndefined()
  expect(extentWith(pair([]).uid, 0)).toBeUndefined()
})

test('a map to the host is told in the ids of the namespace', () => {
  const { uid, gid } = insideNamespace('unshare', pair<'disk', 'host'>([[5, 100001, 2]], [[6, 8, 1]]), NAMESPACE)
  expect(`${uid} | ${gid}`).toBe('5..6→2 | 6→1')
})

test('or not at all, when the namespace has not all of them', () => {
  const reason = (half: string, id: number) =>
    `unshare: its ids are those of the namespace it is used in, which has no ${half} for the host's ${id}; give the namespace that id`
  const write =
    (uid: [number, number, number][], gid = uid) =>
    () =>
      insideNamespace('unshare', pair(uid, gid), NAMESPACE)
  expect(inexpressible(write([[0, 100005, 9]], []))).toBe(reason('uid', 100009))
  expect(inexpressible(write([], [[0, 10, 1]]))).toBe(reason('gid', 10))
})

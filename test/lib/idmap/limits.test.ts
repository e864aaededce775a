import { expect, test } from 'vitest'
import { checkKernelLimits } from '../../../lib/idmap/limits.ts'
import { pairOf } from '../../../lib/idmap/pair.ts'
import { formatKernelMap } from '../../../lib/syntax/kernel.ts'

/** Extents that can't be joined; `base` decides how many digits the ids have. */
const scattered = (count: number, base: number) =>
  Array.from({ length: count }, (_, i) => ({ from: base + 2 * i, to: base + 2 * i + 1, count: 1 }))
const check = (uid: ReturnType<typeof scattered>, gid = uid) => checkKernelLimits(pairOf({ uid, gid }))

test('340 extents are the most the kernel takes', () => {
  expect(check(scattered(340, 0))).toEqual([])
  expect(check(scattered(341, 0), scattered(1, 0))).toEqual([
    {
      code: 'IDMAP_TOO_MANY_EXTENTS',
      half: 'uid',
      count: 341,
      limit: 340,
      message: expect.stringContaining('341 extents'),
    },
  ])
})

test('with ten-digit ids the length of the text is the limit: 170 lines of 24 bytes pass, 171 do not', () => {
  const base = 4_000_000_000
  expect(formatKernelMap(pairOf({ uid: scattered(171, base), gid: [] }).uid)).toHaveLength(171 * 24)
  expect(check(scattered(170, base))).toEqual([])
  expect(check(scattered(171, base)).map(({ code }) => code)).toEqual(['IDMAP_TOO_LONG', 'IDMAP_TOO_LONG'])
})

test('a text of 4095 bytes passes and one of 4096 does not', () => {
  const long = scattered(170, 4_000_000_000)
  const fitting = [...long, { from: 100_000, to: 20, count: 1234 }]
  const length = (extents: typeof long) => formatKernelMap(pairOf({ uid: extents, gid: [] }).uid).length
  expect(length(fitting)).toBe(4095)
  expect(check(fitting)).toEqual([])
  const over = [...long, { from: 100_000, to: 200, count: 1234 }]
  expect(length(over)).toBe(4096)
  expect(check(over, long)).toMatchObject([{ code: 'IDMAP_TOO_LONG', half: 'uid', bytes: 4096, limit: 4096 }])
})

test('a mount map needs both halves', () => {
  expect(check(scattered(1, 0), [])).toMatchObject([{ code: 'IDMAP_MISSING_HALF', half: 'gid' }])
  expect(check([], []).map(({ message }) => message.slice(0, 4))).toEqual(['uid:', 'gid:'])
})

test('several limits broken at once are all told', () => {
  expect(check(scattered(341, 4_000_000_000), []).map(({ code }) => code)).toEqual([
    'IDMAP_TOO_MANY_EXTENTS',
    'IDMAP_TOO_LONG',
    'IDMAP_MISSING_HALF',
  ])
})

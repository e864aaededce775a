import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdmaplabError } from '../../../lib/error.ts'
import { type Extent, INVALID_ID, MAX_ID } from '../../../lib/idmap/extent.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { pairOf } from '../../../lib/idmap/pair.ts'
import type { MapContext } from '../../../lib/idmap/problem.ts'
import { tableOf } from './oracle.ts'
import { refusal } from './refusal.ts'

const mount: MapContext = { from: 'disk', to: 'host', half: 'uid' }

const refused = (extents: Extent[], context = mount) => refusal(() => IdMap.of(extents, context))

describe('each thing wrong has a code and a sentence with the numbers', () => {
  test.each<[string, Extent, string]>([
    ['a count of 0', { from: 5, to: 6, count: 0 }, 'IDMAP_EMPTY_EXTENT'],
    ['a negative count', { from: 5, to: 6, count: -1 }, 'IDMAP_NOT_A_COUNT'],
    ['half an id', { from: 5, to: 6, count: 1.5 }, 'IDMAP_NOT_A_COUNT'],
    ['no count', { from: 5, to: 6, count: Number.NaN }, 'IDMAP_NOT_A_COUNT'],
    ['a negative id', { from: -1, to: 6, count: 1 }, 'IDMAP_NOT_AN_ID'],
    ['(uid_t)-1', { from: 0, to: INVALID_ID, count: 1 }, 'IDMAP_NOT_AN_ID'],
    ['one past the last id', { from: 0, to: MAX_ID, count: 2 }, 'IDMAP_PAST_LAST_ID'],
    ['2^32 ids', { from: 0, to: 0, count: 2 ** 32 }, 'IDMAP_PAST_LAST_ID'],
  ])('%s', (_, extent, code) => {
    expect(refused([extent]).code).toBe(code)
    expect(refused([extent]).problems[0]).toMatchObject({ code, extent })
  })

  test('the sentences', () => {
    const sentences = (...extents: Extent[]) => refused(extents).problems.map(({ message }) => message)
    expect([
      ...sentences({ from: 5, to: 6, count: 0 }, { from: 5, to: 6, count: -1 }, { from: 0, to: INVALID_ID, count: 1 }),
      ...sentences({ from: 4_294_967_290, to: 0, count: 6 }),
      ...sentences({ from: 0, to: 100_000, count: 10 }, { from: 9, to: 200_000, count: 1 }),
    ]).toMatchInlineSnapshot(`
      [
        "uid: extent (5 6 0) maps no ids: its count is 0; give a count of 1 or more, or remove it",
        "uid: extent (5 6 -1) has the count -1; a count is a whole number, 1 or more",
        "uid: extent (0 4294967295 1) starts at host id 4294967295; ids go from 0 to 4294967294",
        "uid: extent (4294967290 0 6) reaches disk id 4294967295, but the last id is 4294967294; the count can be at most 5",
        "uid: disk id 9 is used twice, by disk 0..9→host 100000 and by disk 9→host 200000; an id can be in one extent only",
      ]
    `)
    expect(refused([{ from: MAX_ID, to: 0, count: 2 }], {}).message).toMatchInlineSnapshot(
      `"extent (4294967294 0 2) reaches "from" id 4294967295, but the last id is 4294967294; the count can be at most 1"`,
    )
  })

  test('the last id itself is fine on both sides', () => {
    expect(IdMap.of([{ from: MAX_ID, to: MAX_ID, count: 1 }]).lookup(MAX_ID)).toBe(MAX_ID)
  })
})

test('all problems come in one error, whose code is that of the first', () => {
  const error = refused([
    { from: 0, to: 100_000, count: 0 },
    { from: -5, to: INVALID_ID, count: 1 },
    { from: 10, to: 1000, count: 10 },
    { from: 15, to: 1005, count: 10 },
  ])
  expect(error.problems.map(({ code }) => code)).toEqual([
    'IDMAP_EMPTY_EXTENT',
    'IDMAP_NOT_AN_ID',
    'IDMAP_NOT_AN_ID',
    'IDMAP_OVERLAP',
    'IDMAP_OVERLAP',
  ])
  expect(error).toMatchObject({ code: 'IDMAP_EMPTY_EXTENT', blame: 'user', name: 'IdMapError' })
  expect(error).toBeInstanceOf(IdmaplabError)
  expect(error.message.split('\n')).toHaveLength(5)
})

test('an overlap names the side, both extents and the ids they share', () => {
  const first = { from: 0, to: 100_000, count: 1006 }
  const second = { from: 2000, to: 101_005, count: 10 }
  expect(refused([second, first]).problems).toEqual([
    {
      code: 'IDMAP_OVERLAP',
      side: 'to',
      extents: [first, second],
      ids: { from: 101_005, count: 1 },
      context: mount,
      message: expect.stringContaining('host id 101005 is used twice'),
    },
  ])
})

test('an overlap in a map of unnamed spaces is told by its columns', () => {
  const extents = [
    { from: 0, to: 5, count: 3 },
    { from: 2, to: 9, count: 2 },
  ]
  expect(refused(extents, {}).message).toMatch(/^"from" id 2 is used twice, by 0\.\.2→5 and by 2\.\.3→9;/)
  expect(refused(extents, { from: 'disk' }).message).toMatch(/^disk id 2 is used twice, by 0\.\.2→5 and by 2\.\.3→9;/)
})

test('one id given twice is an overlap, neighbours are not', () => {
  expect(
    refused([
      { from: 1000, to: 1000, count: 1 },
      { from: 1000, to: 2000, count: 1 },
    ]).code,
  ).toBe('IDMAP_OVERLAP')
  const neighbours = [
    { from: 0, to: 10, count: 10 },
    { from: 10, to: 0, count: 10 },
  ]
  expect(IdMap.of(neighbours).size).toBe(20)
})

test('extents are refused exactly when some id is used twice', () => {
  const extent = fc.record({ from: fc.nat(40), to: fc.nat(40), count: fc.integer({ min: 1, max: 6 }) })
  const seen = { accepted: 0, refused: 0 }
  fc.assert(
    fc.property(fc.array(extent, { maxLength: 5 }), extents => {
      const ids = extents.reduce((sum, { count }) => sum + count, 0)
      const twice =
        tableOf(extents).size < ids || tableOf(extents.map(e => ({ ...e, from: e.to, to: e.from }))).size < ids
      if (twice) expect(refused(extents).problems.every(({ code }) => code === 'IDMAP_OVERLAP')).toBe(true)
      else expect(IdMap.of(extents).size).toBe(ids)
      seen[twice ? 'refused' : 'accepted']++
    }),
    { numRuns: 1000 },
  )
  expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(20)
})

test('every extent that meets an earlier one is reported, so ten copies are nine problems a side', () => {
  expect(refused(Array(10).fill({ from: 3, to: 4, count: 2 })).problems).toHaveLength(18)
})

test('a message stays short when there are very many problems', () => {
  const error = refused(Array(100_000).fill({ from: 3, to: 4, count: 0 }))
  expect(error.problems).toHaveLength(100_000)
  expect(error.message.length).toBeLessThan(2000)
  expect(error.message).toMatch(/… 99990 more$/)
})

test('ten problems are written out, of eleven the last is counted', () => {
  const message = (count: number) => refused(Array(count).fill({ from: 3, to: 4, count: 0 })).message
  expect(message(10)).not.toContain('…')
  expect(message(11)).toMatch(/… 1 more$/)
})

test('an extent that is wrong in itself does not accuse the extents it would run into', () => {
  const extents = [
    { from: 0, to: 0, count: 2 ** 32 },
    { from: 5, to: 5, count: 1 },
  ]
  expect(new Set(refused(extents).problems.map(({ code }) => code))).toEqual(new Set(['IDMAP_PAST_LAST_ID']))
})

test('a pair reports the problems of both halves, each with its half', () => {
  const wrong = [{ from: 0, to: 0, count: 0 }]
  const error = refusal(() => pairOf({ uid: wrong, gid: wrong }))
  expect(error.problems.map(({ message }) => message.slice(0, 5))).toEqual(['uid: ', 'gid: '])
})

test('ranges to leave out are checked too', () => {
  const map = IdMap.of([{ from: 0, to: 0, count: 10 }])
  const error = refusal(() =>
    map.without([
      { from: Number.NaN, count: 1 },
      { from: 1, count: 0 },
    ]),
  )
  expect(error.problems).toMatchObject([{ code: 'IDMAP_NOT_AN_ID', side: 'from' }, { code: 'IDMAP_EMPTY_EXTENT' }])
})

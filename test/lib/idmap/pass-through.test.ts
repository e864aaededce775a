import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IdRange } from '../../../lib/idmap/extent.ts'
import { missingFrom } from '../../../lib/idmap/host-ids.ts'
import { passThrough } from '../../../lib/idmap/pass-through.ts'
import { rowsOf, sorted, tableOf } from './oracle.ts'
import { refusal } from './refusal.ts'
import { lines } from './written.ts'

const base = { from: 0, to: 100_000, count: 65_536 }
const plan = (uid: IdRange[], gid = uid) => passThrough({ ids: { uid, gid }, base })
const id = (from: number, count = 1) => ({ from, count })

test('uid 1005 and gids 100 to 102 pass through, everything else is isolated', () => {
  const { map, delegated } = plan([id(1005)], [id(100, 3)])
  expect(lines(map.uid)).toEqual(['0 100000 1005', '1005 1005 1', '1006 101006 64530'])
  expect(lines(map.gid)).toEqual(['0 100000 100', '100 100 3', '103 100103 65433'])
  expect(delegated).toEqual({
    uid: [id(1005), id(100_000, 65_536)],
    gid: [id(100, 3), id(100_000, 65_536)],
  })
})

describe('where other calculators give a count of 0 or an id too many', () => {
  test('ids that are neighbours', () => {
    expect(lines(plan([id(46), id(44), id(45)]).map.uid)).toEqual(['0 100000 44', '44 44 3', '47 100047 65489'])
    expect(lines(plan([id(44), id(107)]).map.uid)).toEqual([
      '0 100000 44',
      '44 44 1',
      '45 100045 62',
      '107 107 1',
      '108 100108 65428',
    ])
  })

  test('id 0', () => {
    expect(lines(plan([id(0)]).map.uid)).toEqual(['0 0 1', '1 100001 65535'])
  })

  test('the last id of the container', () => {
    expect(lines(plan([id(65_535)]).map.uid)).toEqual(['0 100000 65535', '65535 65535 1'])
  })

  test('ids given twice', () => {
    expect(lines(plan([id(5, 3), id(6)]).map.uid)).toEqual(['0 100000 5', '5 5 3', '8 100008 65528'])
  })
})

test('ids the container does not have yet extend it', () => {
  expect(lines(plan([id(65_530, 10)], []).map.uid)).toEqual(['0 100000 65530', '65530 65530 10'])
  expect(lines(plan([id(70_000)], []).map.uid)).toEqual(['0 100000 65536', '70000 70000 1'])
})

test('without wishes everything is isolated', () => {
  expect(plan([])).toMatchObject({ delegated: { uid: [id(100_000, 65_536)], gid: [id(100_000, 65_536)] } })
  expect(lines(plan([]).map.gid)).toEqual(['0 100000 65536'])
})

test('when nothing is isolated, nothing of the base is delegated', () => {
  expect(plan([id(0, 65_536)], []).delegated).toEqual({ uid: [id(0, 65_536)], gid: [id(100_000, 65_536)] })
})

test('delegated ranges that touch are one', () => {
  expect(plan([id(99_999)], []).delegated.uid).toEqual([id(99_999, 65_537)])
})

test('an id that the base already gives to another id is refused, in both halves', () => {
  const { problems } = refusal(() => plan([id(100_005)]))
  expect(problems.map(({ message }) => message)).toEqual([
    'uid: host id 100005 is used twice, by container 0..65535→host 100000 and by container 100005→host 100005; an id can be in one extent only',
    expect.stringMatching(/^gid: host id 100005/),
  ])
})

test('wishes that are no ids are refused, and so is such a base', () => {
  expect(refusal(() => plan([id(-1)])).code).toBe('IDMAP_NOT_AN_ID')
  expect(refusal(() => passThrough({ ids: { uid: [], gid: [] }, base: { ...base, count: 0 } })).problems).toHaveLength(
    2,
  )
})

test('against a table: an id that passes through is itself, every other one of the base stays, and root may map them all', () => {
  const range = fc.record({ from: fc.nat(50), count: fc.integer({ min: 1, max: 6 }) })
  fc.assert(
    fc.property(fc.array(range, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (uid, count) => {
      const given = { from: 0, to: 1000, count }
      const { map, delegated } = passThrough({ ids: { uid, gid: [] }, base: given })
      const passing = tableOf(uid.map(one => ({ ...one, to: one.from })))
      expect(rowsOf(map.uid)).toEqual(sorted(new Map([...tableOf([given]), ...passing])))
      expect(missingFrom(map.uid.invert().extents, delegated.uid)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

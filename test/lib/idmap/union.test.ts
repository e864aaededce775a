import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findConflicts } from '../../../lib/idmap/conflict.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { unionPair } from '../../../lib/idmap/pair.ts'
import { bases, mapsNear, rowsOf, sorted, tableOf } from './oracle.ts'
import { refusal } from './refusal.ts'
import { both, extents, lines } from './written.ts'

const map = (...written: string[]) => IdMap.of<'container', 'host'>(extents(...written))

test('maps of different ids are put together', () => {
  expect(lines(map('0 100000 1005').union(map('1005 101005 10', '2000 5 1')))).toEqual(['0 100000 1015', '2000 5 1'])
})

test('what both say is said once', () => {
  expect(lines(map('0 100000 10').union(map('5 100005 10')))).toEqual(['0 100000 15'])
})

describe('maps that disagree', () => {
  test('about what an id becomes: the error has both extents and both origins', () => {
    const error = refusal(() =>
      map('0 100000 10').union(map('8 5 4'), {
        from: 'container',
        to: 'host',
        half: 'uid',
        origins: ['lxc.idmap', 'mp0'],
      }),
    )
    expect(error.problems).toEqual([
      {
        code: 'IDMAP_CONFLICT',
        side: 'from',
        extents: extents('0 100000 10', '8 5 4'),
        ids: { from: 8, count: 2 },
        origins: ['lxc.idmap', 'mp0'],
        context: { from: 'container', to: 'host', half: 'uid' },
        message: expect.any(String),
      },
    ])
    expect(error.message).toMatchInlineSnapshot(
      `"uid: container ids 8..9 are mapped in two ways, by container 0..9→host 100000 of lxc.idmap and by container 8..11→host 5 of mp0; take the ids out of one of the two maps"`,
    )
  })

  test('about who becomes an id: the error is on the other side', () => {
    const error = refusal(() => map('0 100000 10').union(map('70000 100003 1')))
    expect(error.problems).toMatchObject([
      { side: 'to', extents: extents('0 100000 10', '70000 100003 1'), ids: { from: 100_003, count: 1 } },
    ])
    expect(error.problems[0]).not.toHaveProperty('origins')
    expect(error.message).toBe(
      '"to" id 100003 is mapped in two ways, by 0..9→100000 and by 70000→100003; take the ids out of one of the two maps',
    )
  })

  test('the report can be had without an error', () => {
    expect(findConflicts(extents('0 5 1'), extents('0 6 1', '1 5 1')).map(({ code }) => code)).toEqual([
      'IDMAP_CONFLICT',
      'IDMAP_CONFLICT',
    ])
  })

  test('a pair tells the conflicts of both halves at once', () => {
    const error = refusal(() =>
      unionPair(both<'container', 'host'>('0 100000 10'), both<'container', 'host'>('0 1 1'), {
        from: 'container',
        origins: ['one', 'other'],
      }),
    )
    expect(error.problems.map(({ message }) => message.slice(0, 23))).toEqual([
      'uid: container id 0 is ',
      'gid: container id 0 is ',
    ])
  })
})

test('a pair is put together half by half', () => {
  const first = { uid: map('0 100000 1'), gid: map('0 200000 1') }
  const united = unionPair(first, { uid: map('1 100001 1'), gid: map('1 200001 1') })
  expect([lines(united.uid), lines(united.gid)]).toEqual([['0 100000 2'], ['0 200000 2']])
})

test('against tables: the union has all ids of both, and every id they disagree about is reported, on its side', () => {
  const inputs = bases.chain(({ a, b }) => fc.tuple(mapsNear<'a', 'b'>(a, b), mapsNear<'a', 'b'>(a, b)))
  const seen = { united: 0, refused: 0 }
  fc.assert(
    fc.property(inputs, ([one, other]) => {
      const disagreeing = (mine: IdMap<'a', 'b'> | IdMap<'b', 'a'>, others: typeof mine) =>
        rowsOf(mine).filter(([id, image]) => (tableOf(others).get(id) ?? image) !== image).length
      const expected = {
        from: disagreeing(one, other),
        to: disagreeing(one.invert(), other.invert()),
      }
      if (expected.from + expected.to > 0) {
        const { problems } = refusal(() => one.union(other))
        const told = { from: 0, to: 0 }
        for (const problem of problems) if (problem.code === 'IDMAP_CONFLICT') told[problem.side] += problem.ids.count
        expect(told).toEqual(expected)
        seen.refused++
      } else {
        const united = one.union(other)
        expect(rowsOf(united)).toEqual(sorted(new Map([...tableOf(one), ...tableOf(other)])))
        expect(other.union(one).equals(united)).toBe(true)
        seen.united++
      }
    }),
    { numRuns: 2000 },
  )
  expect(Math.min(seen.united, seen.refused)).toBeGreaterThan(20)
})

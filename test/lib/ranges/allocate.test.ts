import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Extent, endOf, type IdRange, MAX_ID } from '../../../lib/idmap/extent.ts'
import { common } from '../../../lib/idmap/sweep.ts'
import { ANYWHERE, allocate, lowPiece, type PieceRequest, topPiece } from '../../../lib/ranges/allocate.ts'
import { NothingFitsError } from '../../../lib/ranges/error.ts'
import type { UsedRange } from '../../../lib/ranges/used-range.ts'

const WINDOW = { from: 100_000, count: 600_000_001 }

function used(from: number, count: number, owner = 'alice', line = 1): UsedRange {
  return { from, count, half: 'uid', holder: { kind: 'subid', owner, file: '/etc/subuid', line } }
}

function refusal(act: () => unknown): NothingFitsError {
  try {
    act()
  } catch (error) {
    if (error instanceof NothingFitsError) return error
    throw error
  }
  throw new Error('something fitted')
}

describe('what is given', () => {
  test('the lowest multiple of 65536 in the window, for the container’s ids from 0 on', () => {
    expect(allocate([lowPiece(65_536, [WINDOW])], [])).toEqual([{ from: 0, to: 131_072, count: 65_536 }])
  })

  test('the next one when that is in use by as much as one id', () => {
    expect(allocate([lowPiece(65_536, [WINDOW])], [used(196_607, 1)])).toEqual([
      { from: 0, to: 196_608, count: 65_536 },
    ])
  })

  test('a million and a half from 0 on, and the very last 65536 ids there are', () => {
    expect(allocate([lowPiece(1_500_000), topPiece(65_536)], [])).toEqual([
      { from: 0, to: 65_536, count: 1_500_000 },
      { from: 4_294_901_759, to: 4_294_901_759, count: 65_536 },
    ])
  })

  test('a second container’s last ids lie right below the first one’s', () => {
    const first = used(4_294_901_759, 65_536)
    expect(allocate([topPiece(65_536)], [first])).toEqual([{ from: 4_294_901_759, to: 4_294_836_223, count: 65_536 }])
  })

  test('no multiple of 65536 when none fits in any window', () => {
    expect(allocate([lowPiece(30_000, [{ from: 100_000, count: 31_072 }])], [])).toEqual([
      { from: 0, to: 100_000, count: 30_000 },
    ])
  })

  test('a multiple of what was asked for, or nothing', () => {
    const piece = { ...lowPiece(1000, [{ from: 100_001, count: 1500 }]), align: 1000 }
    expect(refusal(() => allocate([piece], [])).message).toMatch(
      /^No 1000 free host ids in a row at a multiple of 1000 /,
    )
    expect(allocate([{ ...piece, windows: [{ from: 100_001, count: 1999 }] }], [])).toEqual([
      { from: 0, to: 101_000, count: 1000 },
    ])
  })

  test('the first window is used up before the next, however low that is', () => {
    const windows = [{ from: 300_000, count: 100_000 }, ANYWHERE]
    expect(allocate([lowPiece(65_536, windows)], [])[0]?.to).toBe(327_680)
    expect(allocate([lowPiece(65_536, windows)], [used(330_000, 1)])[0]?.to).toBe(65_536)
  })

  test('all ids but those of the host and the one that is none', () => {
    expect(allocate([lowPiece(MAX_ID - 65_535)], [])).toEqual([{ from: 0, to: 65_536, count: MAX_ID - 65_535 }])
  })
})

describe('when nothing fits', () => {
  test('the error has the largest gap and who is on both sides of it', () => {
    const inUse = [used(100_000, 1000, 'alice', 1), used(102_000, 1000, 'bob', 2), used(103_500, 1000, 'carol', 3)]
    const error = refusal(() => allocate([lowPiece(5000, [{ from: 100_000, count: 4000 }])], inUse))
    expect(error).toMatchObject({
      code: 'NOTHING_FITS',
      count: 5000,
      largest: { from: 101_000, count: 1000, below: [{ owner: 'alice' }], above: [{ owner: 'bob' }] },
      message:
        'No 5000 free host ids in a row in 100000..103999: the largest gap is 101000..101999 (1000 ids), between alice, line 1 of /etc/subuid and bob, line 2 of /etc/subuid; ask for fewer, give another window, or release a lease.',
    })
  })

  test('a window without a single free id has no gap', () => {
    const error = refusal(() => allocate([lowPiece(1, [{ from: 65_534, count: 2 }])], []))
    expect(error.largest).toBeUndefined()
    expect(error.message).toContain('no id is free there')
  })

  test('the end of a window is no holder', () => {
    const error = refusal(() => allocate([lowPiece(11, [{ from: 70_000, count: 10 }])], []))
    expect(error.message).toContain('70000..70009 (10 ids), between the end of the window and the end of the window')
  })
})

describe('a request that can’t be', () => {
  test.each<[string, readonly PieceRequest[], string]>([
    ['no piece', [], 'REQUEST_INVALID'],
    ['no ids', [lowPiece(0)], 'IDMAP_EMPTY_EXTENT'],
    ['half an id', [lowPiece(1.5)], 'IDMAP_NOT_A_COUNT'],
    ['pieces that meet in the container', [lowPiece(4_294_901_760), topPiece(65_536)], 'REQUEST_INVALID'],
    ['a window past the last id', [lowPiece(1, [{ from: MAX_ID, count: 2 }])], 'IDMAP_PAST_LAST_ID'],
    ['an alignment of 0', [{ ...lowPiece(1), align: 0 }], 'REQUEST_INVALID'],
  ])('%s', (_, pieces, code) => {
    expect(() => allocate(pieces, [])).toThrow(expect.objectContaining({ code }))
  })
})

describe('for any ids in use', () => {
  const range = fc.oneof(
    fc.record({ from: fc.integer({ min: 0, max: 400_000 }), count: fc.integer({ min: 1, max: 90_000 }) }),
    fc.record({
      from: fc.integer({ min: MAX_ID - 300_000, max: MAX_ID - 90_000 }),
      count: fc.integer({ min: 1, max: 90_000 }),
    }),
  )
  const uses = fc.array(
    range.map(({ from, count }) => used(from, count, `user${from % 7}`)),
    { maxLength: 12 },
  )
  const windows = fc.constantFrom<readonly IdRange[]>(
    [WINDOW],
    [ANYWHERE],
    [{ from: 0, count: MAX_ID + 1 }],
    [{ from: 60_000, count: 300_000 }, ANYWHERE],
  )
  const pieces = fc
    .record({
      count: fc.integer({ min: 1, max: 70_000 }),
      windows,
      top: fc.option(fc.integer({ min: 1, max: 70_000 })),
      align: fc.constantFrom(undefined, 1, 1000, 65_536),
    })
    .map(({ count, windows, top, align }) => [
      { ...lowPiece(count, windows), ...(align !== undefined && { align }) },
      ...(top === null ? [] : [topPiece(top)]),
    ])

  const host = ({ to, count }: Extent): IdRange => ({ from: to, count })
  const meets = (a: IdRange, b: IdRange) => common(a, b).count > 0

  test('what is given meets nothing in use, none of the ids that are nobody’s, and not itself', () => {
    fc.assert(
      fc.property(pieces, uses, (request, inUse) => {
        const given = allocate(request, inUse).map(host)
        for (const range of given) {
          expect(inUse.filter(one => meets(one, range))).toEqual([])
          for (const id of [0, 65_534, 65_535, MAX_ID + 1]) expect(meets(range, { from: id, count: 1 })).toBe(false)
          expect(given.filter(other => meets(other, range))).toEqual([range])
          expect(endOf(range)).toBeLessThanOrEqual(MAX_ID + 1)
        }
      }),
    )
  })

  test('it is within a window, as large as asked for, and starts where the alignment says', () => {
    fc.assert(
      fc.property(pieces, uses, (request, inUse) => {
        const given = allocate(request, inUse)
        for (const [index, piece] of request.entries()) {
          const extent = given[index]
          expect(extent).toMatchObject({ from: piece.inside, count: piece.count })
          const range = host(extent as Extent)
          expect(piece.windows.some(window => common(window, range).count === range.count)).toBe(true)
          expect(range.from % (piece.align ?? 1)).toBe(0)
        }
      }),
    )
  })

  test('nothing lower would have done', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), uses, (count, inUse) => {
        const piece = { ...lowPiece(count, [{ from: 0, count: MAX_ID + 1 }]), align: 1 }
        const [extent] = allocate([piece], inUse)
        const taken = [...inUse, ...[0, 65_534, 65_535].map(from => ({ from, count: 1 }))]
        // Whatever is lower begins at 0 or where something in use ends.
        const starts = [0, ...taken.map(endOf)].filter(from => from < (extent?.to ?? 0))
        for (const from of starts) expect(taken.some(one => meets(one, { from, count }))).toBe(true)
      }),
    )
  })

  test('the order in which lines and processes are read changes neither the answer nor the sentence (podman#18333)', () => {
    fc.assert(
      fc.property(
        pieces,
        uses.chain(inUse => fc.tuple(fc.constant(inUse), fc.shuffledSubarray(inUse, { minLength: inUse.length }))),
        (request, [inUse, shuffled]) => {
          expect(allocate(request, shuffled)).toEqual(allocate(request, inUse))
          const tight = [lowPiece(400_000, [{ from: 60_000, count: 300_000 }])]
          expect(refusal(() => allocate(tight, shuffled)).message).toBe(refusal(() => allocate(tight, inUse)).message)
        },
      ),
    )
  })

  test('what was released is given again, whatever was given meanwhile', () => {
    fc.assert(
      fc.property(pieces, pieces, uses, (request, other, inUse) => {
        const asUsed = (extents: readonly Extent[]) => extents.map(({ to, count }) => used(to, count))
        const first = allocate(request, inUse)
        const meanwhile = allocate(other, [...inUse, ...asUsed(first)])
        expect(allocate(request, [...inUse, ...asUsed(meanwhile)])).toEqual(first)
      }),
    )
  })
})

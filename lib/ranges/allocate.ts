import { type Extent, endOf, formatRange, type Id, type IdRange, MAX_ID } from '../idmap/extent.ts'
import { complement, intersect, total } from '../idmap/sweep.ts'
import { soundRanges } from '../idmap/validate.ts'
import { RangesError } from './error.ts'
import { nothingFits } from './nothing-fits.ts'
import { NEVER_GIVEN, reservedRanges } from './reservations.ts'
import type { UsedRange } from './used-range.ts'

/** One run of ids that is wanted, users and groups alike. */
export interface PieceRequest {
  /** The first id inside the container. */
  readonly inside: Id
  readonly count: number
  /** Host ids to look in; an earlier window is used up before the next. */
  readonly windows: readonly IdRange[]
  /** Which of the fits in a window is taken. */
  readonly take: 'lowest' | 'highest'
  /** The first host id is a multiple of this. Left out: of 65536 where that fits in any window, else anything. */
  readonly align?: number
}

/** Every host id no convention gives to users and groups of the host itself. */
export const ANYWHERE: IdRange = { from: 65_536, count: MAX_ID - 65_535 }

/** The 16 bits of a classic uid stay readable in the host's numbers, as systemd-nspawn and Kubernetes have it. */
const USUAL_ALIGNMENT = 65_536

/** The container's ids from 0 on: the lowest host ids that are free. */
export function lowPiece(count: number, windows: readonly IdRange[] = [ANYWHERE]): PieceRequest {
  return { inside: 0, count, windows, take: 'lowest' }
}

/** The container's last ids, up to 4294967294, for users made on the fly: the host's last ids that are free. */
export function topPiece(count: number): PieceRequest {
  return { inside: MAX_ID - count + 1, count, windows: [ANYWHERE], take: 'highest', align: 1 }
}

/**
 * Host ids for every piece, in the pieces' order: container→host extents that meet nothing in use, never 0, 65534, 65535 or
 * 4294967295, and never each other. The same request and the same ids in use give the same answer, in whatever order the
 * uses come. `NothingFitsError` says how large the largest gap is and who holds its neighbours; `IdMapError` for
 * numbers that are no range of ids; `RangesError` REQUEST_INVALID when pieces meet in the container, or for no alignment.
 */
export function allocate(pieces: readonly PieceRequest[], used: readonly UsedRange[]): readonly Extent[] {
  checkRequest(pieces)
  const given: Extent[] = []
  for (const piece of pieces) given.push(place(piece, [...used, ...reservedRanges(NEVER_GIVEN)], given))
  return given
}

function checkRequest(pieces: readonly PieceRequest[]): void {
  if (pieces.length === 0) throw new RangesError('REQUEST_INVALID', 'A request for ids has no piece: ask for a count.')
  const inside = pieces.map(({ inside, count }): IdRange => ({ from: inside, count }))
  if (total(soundRanges(inside)) < total(inside))
    throw new RangesError(
      'REQUEST_INVALID',
      `The pieces ${inside.map(formatRange).join(' and ')} have container ids in common: ask for fewer.`,
    )
  for (const { align = 1, windows } of pieces) {
    soundRanges(windows)
    if (!Number.isInteger(align) || align < 1)
      throw new RangesError('REQUEST_INVALID', `An alignment is a whole number from 1 on, not ${align}.`)
  }
}

function place(piece: PieceRequest, used: readonly UsedRange[], given: readonly Extent[]): Extent {
  const free = complement([...used, ...given.map(({ to, count }) => ({ from: to, count }))])
  const alignments = piece.align === undefined ? [USUAL_ALIGNMENT, 1] : [piece.align]
  for (const align of alignments)
    for (const window of piece.windows) {
      const to = startIn(piece, intersect(free, [window]), align)
      if (to !== undefined) return { from: piece.inside, to, count: piece.count }
    }
  throw nothingFits(piece, free, used)
}

function startIn({ count, take }: PieceRequest, gaps: readonly IdRange[], align: number): Id | undefined {
  for (const gap of take === 'lowest' ? gaps : gaps.toReversed()) {
    const first = Math.ceil(gap.from / align) * align
    const last = Math.floor((endOf(gap) - count) / align) * align
    if (first <= last) return take === 'lowest' ? first : last
  }
  return undefined
}

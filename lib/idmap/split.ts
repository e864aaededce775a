import { type Extent, endOf, type IdRange, imageOf, MAX_ID, swap } from './extent.ts'
import type { IdMap } from './map.ts'
import type { Side } from './problem.ts'
import type { Space } from './space.ts'
import { intersect } from './sweep.ts'
import { soundRanges } from './validate.ts'

/**
 * The same map in more extents, cut on one side wherever one of the ranges begins or ends. That is what a nested user
 * namespace needs: the kernel wants each extent within one extent of the parent's map (EPERM), so cut the `to` side at
 * the parent's extents *as they were written*, since an `IdMap` has joined them: `split(nested, parentAsWritten)`.
 * Plain extents come back, because an `IdMap` would join the pieces again. Nothing is lost: what lies outside all
 * ranges is there too, in pieces of its own. `IdMapError` when one of the ranges is no range of ids.
 */
export function split<From extends Space, To extends Space>(
  map: IdMap<From, To>,
  boundaries: readonly IdRange[],
  side: Side = 'to',
): Extent[] {
  const pieces = intersect(sidesOf(map, side), cutEverything(boundaries))
  const cut = pieces.map(({ from, count, left }) => ({ from, to: imageOf(left, from), count }))
  return side === 'from' ? cut : cut.map(swap).toSorted((a, b) => a.from - b.from)
}

/** The extents by the ids of one side: read the other way round when that is the `to` side. */
function sidesOf<From extends Space, To extends Space>(map: IdMap<From, To>, side: Side): readonly Extent[] {
  return side === 'from' ? map.extents : map.invert().extents
}

/** All ids there are, cut wherever a range begins or ends; where two cuts fall together there is an empty piece, which meets nothing. */
function cutEverything(boundaries: readonly IdRange[]): IdRange[] {
  soundRanges(boundaries)
  const cuts = [0, MAX_ID + 1, ...boundaries.flatMap(range => [range.from, endOf(range)])].toSorted((a, b) => a - b)
  return cuts.map((from, index) => ({ from, count: (cuts[index + 1] ?? from) - from }))
}

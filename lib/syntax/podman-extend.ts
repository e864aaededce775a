import { type Extent, endOf, type IdRange } from '../idmap/extent.ts'
import type { IdMap } from '../idmap/map.ts'
import type { Space } from '../idmap/space.ts'
import { complement, intersect } from '../idmap/sweep.ts'
import type { Piece } from './scan.ts'

/** An extent, and where the text that asked for it stands. */
export interface PlacedExtent {
  readonly extent: Extent
  readonly place: Piece
}

/** The extents in order, each that is extending cut out of those before it, on both sides (podman's `breakInsert`). */
export function breakInsert(orders: readonly (PlacedExtent & { readonly isExtending: boolean })[]): PlacedExtent[] {
  let placed: PlacedExtent[] = []
  for (const order of orders) {
    if (order.isExtending) placed = placed.flatMap(earlier => without(earlier, order.extent))
    placed.push({ extent: order.extent, place: order.place })
  }
  return placed
}

/**
 * The extents and, in the gaps between them and behind the last, every id of the namespace that none of them uses, from
 * container id 0 on (podman's `fillIDMap`).
 */
export function fillGaps<Via extends Space, To extends Space>(
  placed: readonly PlacedExtent[],
  namespace: IdMap<Via, To>,
  place: Piece,
): PlacedExtent[] {
  const used = complement(placed.map(({ extent }) => ({ from: extent.to, count: extent.count })))
  const free: IdRange[] = intersect(namespace.extents, used).map(({ from, count }) => ({ from, count }))
  const filled: PlacedExtent[] = []
  let next = 0
  let at = 0
  let rest = free[at]
  const fillUpTo = (end: number) => {
    while (rest && next < end) {
      const count = Math.min(end - next, rest.count)
      filled.push({ extent: { from: next, to: rest.from, count }, place })
      next += count
      rest = count < rest.count ? { from: rest.from + count, count: rest.count - count } : free[++at]
    }
  }
  for (const one of placed.toSorted((a, b) => a.extent.from - b.extent.from)) {
    fillUpTo(one.extent.from)
    filled.push(one)
    next = Math.max(next, endOf(one.extent))
  }
  fillUpTo(Number.POSITIVE_INFINITY)
  return filled
}

/** What is left of an extent when the ids of another are taken away from both its sides. */
function without({ extent, place }: PlacedExtent, taken: Extent): PlacedExtent[] {
  const { from, to, count } = extent
  const holes = [
    { from: taken.from - from, count: taken.count },
    { from: taken.to - to, count: taken.count },
  ]
  return intersect([{ from: 0, count }], complement(holes)).map(left => ({
    extent: { from: from + left.from, to: to + left.from, count: left.count },
    place,
  }))
}

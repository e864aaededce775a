import { type Extent, type IdRange, swap } from './extent.ts'
import { type IdMapPair, mapPair } from './pair.ts'
import type { Half } from './problem.ts'
import type { Space } from './space.ts'
import { complement, intersect } from './sweep.ts'
import { soundRanges } from './validate.ts'

/** Host ids that two maps both give out, and the extent of each that does. */
export interface SharedIds extends IdRange {
  readonly extents: readonly [Extent, Extent]
}

/** The host ids that two containers (or mounts) have in common: what one does as such an id, it does to the other's files. */
export function sharedHostIds<A extends Space, B extends Space>(
  a: IdMapPair<A, 'host'>,
  b: IdMapPair<B, 'host'>,
): Readonly<Record<Half, readonly SharedIds[]>> {
  return mapPair(a, (map, half) =>
    intersect(map.invert().extents, b[half].invert().extents).map(
      ({ from, count, left, right }): SharedIds => ({ from, count, extents: [swap(left), swap(right)] }),
    ),
  )
}

/**
 * The ids of some ranges that are in none of those available: for newuidmap(1), host ids that no line of /etc/subuid
 * gives. A range may span available ones that touch. Ranges come in any order and may overlap; `IdMapError` when one is
 * no range of ids.
 */
export function missingFrom(ranges: readonly IdRange[], available: readonly IdRange[]): IdRange[] {
  const gaps = complement(soundRanges(available))
  return intersect(soundRanges(ranges), gaps).map(({ from, count }) => ({ from, count }))
}

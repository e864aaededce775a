import { type Extent, type IdRange, swap } from './extent.ts'
import { type IdMapProblem, type MapContext, problem, type Side } from './problem.ts'
import type { Space } from './space.ts'
import { intersect } from './sweep.ts'

/** What the two maps of a union are, for sentences about their conflicts. */
export interface UnionContext<From extends Space = Space, To extends Space = Space> extends MapContext<From, To> {
  /** In the caller's words: `['lxc.idmap', 'mp0']`. */
  readonly origins?: readonly [string, string]
}

/** Every id, on either side, about which the extents of two maps disagree; where they say the same there is no conflict. */
export function findConflicts(
  mine: readonly Extent[],
  others: readonly Extent[],
  { origins, ...context }: UnionContext = {},
): IdMapProblem[] {
  const conflict = (side: Side, ids: IdRange, extents: readonly [Extent, Extent]) =>
    problem({ code: 'IDMAP_CONFLICT', side, ids, extents, context, ...(origins && { origins }) })
  const fromSide = intersect(mine, others).filter(disagree)
  const toSide = intersect(byTo(mine), byTo(others)).filter(disagree)
  return [
    ...fromSide.map(({ from, count, left, right }) => conflict('from', { from, count }, [left, right])),
    ...toSide.map(({ from, count, left, right }) => conflict('to', { from, count }, [swap(left), swap(right)])),
  ]
}

function byTo(extents: readonly Extent[]): Extent[] {
  return extents.map(swap).toSorted((a, b) => a.from - b.from)
}

function disagree({ left, right }: { left: Extent; right: Extent }): boolean {
  return left.to - left.from !== right.to - right.from
}

import { type Extent, endOf, type IdRange, MAX_ID } from './extent.ts'
import type { Side } from './problem.ts'

/** The ids that two ranges share. */
interface Shared<L extends IdRange, R extends IdRange> extends IdRange {
  readonly left: L
  readonly right: R
}

/** Where, in a list sorted by `from` and free of overlaps, the first range is that ends after an id; the list's length when none does. */
export function firstEndingAfter(sorted: readonly IdRange[], id: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const range = sorted[middle]
    if (range && endOf(range) <= id) low = middle + 1
    else high = middle
  }
  return low
}

/** Those of a list, sorted by `from` and free of overlaps, that share ids with a range. */
export function meeting<R extends IdRange>(sorted: readonly R[], range: IdRange): R[] {
  const reached = sorted.slice(firstEndingAfter(sorted, range.from), firstEndingAfter(sorted, endOf(range)) + 1)
  return reached.filter(({ from }) => from < endOf(range))
}

/** All that two lists share, in one pass; each list is sorted by `from` and free of overlaps. */
export function intersect<L extends IdRange, R extends IdRange>(lefts: readonly L[], rights: readonly R[]) {
  const shared: Shared<L, R>[] = []
  let i = 0
  let j = 0
  let left = lefts[i]
  let right = rights[j]
  while (left && right) {
    const ids = common(left, right)
    if (ids.count > 0) shared.push({ ...ids, left, right })
    if (endOf(left) <= endOf(right)) left = lefts[++i]
    else right = rights[++j]
  }
  return shared
}

/** The ids of both ranges; a count of 0 or less says there are none. */
export function common(a: IdRange, b: IdRange): IdRange {
  const from = Math.max(a.from, b.from)
  return { from, count: Math.min(endOf(a), endOf(b)) - from }
}

/** The same ids as few ranges: sorted, and joined where they meet; the ranges may come in any order and overlap. */
export function joined(ranges: readonly IdRange[]): IdRange[] {
  const result: IdRange[] = []
  for (const { from, count } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (!last || from > endOf(last)) result.push({ from, count })
    else result[result.length - 1] = { from: last.from, count: Math.max(endOf(last), from + count) - last.from }
  }
  return result
}

/** Every id that is in none of the ranges, which may come in any order and overlap. */
export function complement(ranges: readonly IdRange[]): IdRange[] {
  const gaps: IdRange[] = []
  let next = 0
  for (const range of joined(ranges)) {
    if (range.from > next) gaps.push({ from: next, count: range.from - next })
    next = endOf(range)
  }
  if (next <= MAX_ID) gaps.push({ from: next, count: MAX_ID - next + 1 })
  return gaps
}

/** Each extent that meets an earlier one on that side, together with the earlier one that reaches furthest. */
export function overlaps<E extends Extent>(extents: readonly E[], side: Side): (readonly [E, E])[] {
  const pairs: (readonly [E, E])[] = []
  let furthest: E | undefined
  for (const extent of extents.toSorted((a, b) => a[side] - b[side])) {
    if (furthest && extent[side] < furthest[side] + furthest.count) pairs.push([furthest, extent])
    if (!furthest || extent[side] + extent.count > furthest[side] + furthest.count) furthest = extent
  }
  return pairs
}

/** The one way to write a set of non-overlapping extents: sorted by `from`, neighbours that continue each other joined. */
export function canonical(extents: readonly Extent[]): readonly Extent[] {
  const joined: Extent[] = []
  for (const { from, to, count } of extents.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    const continues = last && endOf(last) === from && last.to + last.count === to
    if (continues) joined[joined.length - 1] = { ...last, count: last.count + count }
    else joined.push({ from, to, count })
  }
  return Object.freeze(joined.map(extent => Object.freeze(extent)))
}

/** How many ids the ranges have together; they don't overlap. */
export function total(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, { count }) => sum + count, 0)
}

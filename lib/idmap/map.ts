import { type Extent, endOf, formatExtent, type Id, type IdRange, imageOf, swap } from './extent.ts'
import { type MapContext, refuse } from './problem.ts'
import { canonical, complement, intersect } from './sweep.ts'
import { findProblems } from './validate.ts'

declare const direction: unique symbol

/**
 * Ids of the space `From` and what each becomes in the space `To`: one to one, immutable, and written in one way
 * only, so maps that do the same are equal however they were given. The direction is part of the type: the kernel
 * accepts swapped columns silently and every owner becomes 65534, so a swapped map must not compile.
 */
export class IdMap<From extends string, To extends string> implements Iterable<Extent> {
  /** Exists for the compiler only: makes both spaces invariant, so neither swapped nor widened spaces are accepted. */
  declare readonly [direction]: (spaces: readonly [From, To]) => readonly [From, To]

  /** Sorted by `from`; neighbours that continue each other on both sides are joined. */
  readonly extents: readonly Extent[]

  private constructor(extents: readonly Extent[]) {
    this.extents = canonical(extents)
  }

  /**
   * The map with these extents, in any order; throws an `IdMapError` that has all their problems.
   * The context names the spaces in messages: `IdMap.of(extents, { from: 'disk', to: 'host', half: 'uid' })`.
   */
  static of<From extends string, To extends string>(
    extents: readonly Extent[],
    context: MapContext<From, To> = {},
  ): IdMap<From, To> {
    refuse(findProblems(extents, context))
    return new IdMap(extents)
  }

  /** How many ids are mapped: 0 to 4294967295. */
  get size(): number {
    return this.extents.reduce((sum, { count }) => sum + count, 0)
  }

  /** What the id becomes; `undefined` when it is not mapped (through a mount it then shows as 65534) or no id at all. */
  lookup(id: Id): Id | undefined {
    if (!Number.isInteger(id)) return undefined
    let low = 0
    let high = this.extents.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const extent = this.extents[middle]
      if (!extent || id < extent.from) high = middle - 1
      else if (id >= endOf(extent)) low = middle + 1
      else return imageOf(extent, id)
    }
    return undefined
  }

  /** The way back. */
  invert(): IdMap<To, From> {
    return new IdMap<To, From>(this.extents.map(swap))
  }

  /** First this map, then the next; an id that either of them leaves out is not mapped. */
  compose<Next extends string>(next: IdMap<To, Next>): IdMap<From, Next> {
    const shared = intersect(this.invert().extents, next.extents)
    return new IdMap<From, Next>(
      shared.map(({ from: id, count, left, right }) => ({ from: imageOf(left, id), to: imageOf(right, id), count })),
    )
  }

  /** This map less some ids of its `From` side: those a second map maps, or ranges in any order (`IdMapError` if one is no range). */
  without<Other extends string>(ids: IdMap<From, Other> | readonly IdRange[]): IdMap<From, To> {
    const kept = intersect(this.extents, complement(ids instanceof IdMap ? ids.extents : checked(ids)))
    return new IdMap<From, To>(kept.map(({ from, count, left }) => ({ from, to: imageOf(left, from), count })))
  }

  /** Whether both maps map some id of their common `From` space; invert both to ask about the other side. */
  overlaps<Other extends string>(other: IdMap<From, Other>): boolean {
    return intersect(this.extents, other.extents).length > 0
  }

  /** Whether both maps give the same answer for every id. */
  equals(other: IdMap<From, To>): boolean {
    return (
      this.extents.length === other.extents.length &&
      this.extents.every((extent, index) => sameExtent(extent, other.extents[index]))
    )
  }

  [Symbol.iterator](): Iterator<Extent> {
    return this.extents.values()
  }

  /** In words: `0..65535→100000, 70000→1005`. */
  toString(): string {
    return this.extents.map(formatExtent).join(', ') || '(empty)'
  }
}

function sameExtent(a: Extent, b: Extent | undefined): boolean {
  return a.from === b?.from && a.to === b.to && a.count === b.count
}

function checked(ranges: readonly IdRange[]): readonly IdRange[] {
  refuse(ranges.flatMap(({ from, count }) => findProblems([{ from, to: from, count }])))
  return ranges
}

import type { Extent, Id } from '../../idmap/extent.ts'
import { IdMap } from '../../idmap/map.ts'
import type { Half, Side } from '../../idmap/problem.ts'
import type { Space } from '../../idmap/space.ts'
import { type Trace, traceId } from '../../idmap/trace.ts'

/** One map an id passes on its way from the disk to a process. */
export type Hop = {
  /** The space it comes out in, e.g. `host`. */
  readonly to: string
  /** Whose map it is, as a sentence names it, e.g. `the mount’s map`. */
  readonly by: string
  /** Of the map, inner ids first. `undefined`: every id passes as it is. */
  readonly extents: readonly Extent[] | undefined
  /** Which column the id is looked for in: a mount's map is read from left to right, a namespace's from right to left. */
  readonly column: Side
  /** The map itself is hidden: its one extent is what was seen to become of one id. */
  readonly seenOnly?: boolean
}

/** The way of one id, and whose map each of its steps went through. */
export type Trail = { readonly trace: Trace<Space>; readonly hops: readonly Hop[] }

/** Follows an id through the hops until the last one or the first that loses it. */
export function follow(half: Half, start: { readonly space: string; readonly id: Id }, hops: readonly Hop[]): Trail {
  return { trace: hops.reduce(onwards, traceId<Space>(half, start.space, start.id)), hops }
}

function onwards(trace: Trace<Space>, { to, extents, column }: Hop): Trace<Space> {
  if (extents === undefined) return trace.same(to)
  const map = IdMap.of<Space, Space>(extents)
  return column === 'from' ? trace.along(to, map) : trace.back(to, map)
}

/** The id at the trail's end; `undefined` when it was lost on the way. */
export function endOfTrail({ trace }: Trail): Id | undefined {
  return trace.end?.id
}

/** The id it had in a space; `undefined` when it never got there. */
export function idIn({ trace: { start, steps } }: Trail, space: string): Id | undefined {
  if (start.space === space) return start.id
  for (const step of steps) if (step.outcome === 'carried' && step.to.space === space) return step.to.id
  return undefined
}

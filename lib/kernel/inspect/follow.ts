import type { Extent, Id } from '../../idmap/extent.ts'
import type { Half } from '../../idmap/problem.ts'

/** One map an id passes on its way from the disk to a process. */
export type Hop = {
  /** The space it comes out in, e.g. `host`. */
  readonly to: string
  /** Whose map it is, as a sentence names it, e.g. `the mount’s map`. */
  readonly by: string
  /** As the kernel has them, inner ids first. `undefined`: every id passes as it is. */
  readonly extents: readonly Extent[] | undefined
  /** Which column the id is looked for in: a mount's map is read from left to right, a namespace's from right to left. */
  readonly column: 'from' | 'to'
  /** The map itself is hidden: its one extent is what was seen to become of one id. */
  readonly seenOnly?: boolean
}

/** Where the id was, and by which extent it got there (none: it passed as it is). */
export type Station = { readonly space: string; readonly id: Id; readonly hop?: Hop; readonly extent?: Extent }

/** The way of one id: the stations it reached, and the hop that had no extent for it, if one had none. */
export type Trail = { readonly half: Half; readonly stations: readonly Station[]; readonly lostAt?: Hop }

/** Follows an id through the hops until the last one or the first that loses it. */
export function follow(half: Half, start: { readonly space: string; readonly id: Id }, hops: readonly Hop[]): Trail {
  const stations: Station[] = [start]
  let id = start.id
  for (const hop of hops) {
    if (hop.extents === undefined) {
      stations.push({ space: hop.to, id, hop })
      continue
    }
    const extent = carrier(hop.extents, hop.column, id)
    if (extent === undefined) return { half, stations, lostAt: hop }
    id = extent[opposite(hop.column)] + (id - extent[hop.column])
    stations.push({ space: hop.to, id, hop, extent })
  }
  return { half, stations }
}

/** The id at the trail's end; `undefined` when it was lost on the way. */
export function endOfTrail(trail: Trail): Id | undefined {
  return trail.lostAt === undefined ? trail.stations.at(-1)?.id : undefined
}

/** The id it had in a space; `undefined` when it never got there. */
export function idIn(trail: Trail, space: string): Id | undefined {
  return trail.stations.find(station => station.space === space)?.id
}

function carrier(extents: readonly Extent[], column: 'from' | 'to', id: Id): Extent | undefined {
  return extents.find(extent => id >= extent[column] && id - extent[column] < extent.count)
}

function opposite(column: 'from' | 'to'): 'from' | 'to' {
  return column === 'from' ? 'to' : 'from'
}

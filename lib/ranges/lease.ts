import { type Extent, type Id, type IdRange, MAX_ID } from '../idmap/extent.ts'
import { IdMap } from '../idmap/map.ts'
import { type IdMapPair, mapPair, pairOf } from '../idmap/pair.ts'
import { mountMap } from '../idmap/resolve.ts'
import { DIRECTIONS } from '../syntax/dialect.ts'

/** Host ids that are somebody's until they are released; leases don't run out, because files keep their owners. */
export interface Lease {
  /** Unique in a registry: a letter or digit, then letters, digits and `._@-`, at most 64. */
  readonly name: string
  /** A user's name, of the same form. */
  readonly owner: string
  /** container→host, users and groups alike, in the order they were asked for. */
  readonly pieces: readonly Extent[]
  /** Whether the owner has the ranges in `/etc/subuid` and `/etc/subgid` because of this lease. */
  readonly subids: boolean
  /** ISO 8601, UTC. */
  readonly leased: string
  readonly renewed: string
}

/** The form of the names of leases and their owners; nothing in it can hurt a terminal, a path or a line of subuid(5). */
export const LEASE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$/

/** The map of the container that a lease is for. */
export function containerMap({ pieces }: Pick<Lease, 'pieces'>): IdMapPair<'container', 'host'> {
  return pairOf<'container', 'host'>({ uid: pieces, gid: pieces }, DIRECTIONS.container)
}

/** The host ids of a lease, piece by piece. */
export function hostRanges({ pieces }: Pick<Lease, 'pieces'>): readonly IdRange[] {
  return pieces.map(({ to, count }) => ({ from: to, count }))
}

/**
 * The map of the mount through which the container sees an image as its own. `shift` is what was added to the image's ids on
 * the disk: 0 for an image as it was built, 2147352576 for one in systemd's foreign range. Container ids whose shifted
 * id would be past the last one can't be on the disk, and are left out.
 */
export function imageMountMap(container: IdMapPair<'container', 'host'>, shift: Id = 0): IdMapPair<'disk', 'host'> {
  const possible: IdRange = { from: 0, count: MAX_ID - shift + 1 }
  const disk = mapPair(container, map =>
    IdMap.of<'container', 'disk'>(
      map.restrict([possible]).extents.map(({ from, count }) => ({ from, to: from + shift, count })),
      DIRECTIONS.exceptions,
    ),
  )
  return mountMap({ container, disk })
}

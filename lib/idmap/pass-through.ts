import type { Extent, IdRange } from './extent.ts'
import { type IdMapPair, mapPair, pairOf } from './pair.ts'
import type { Half } from './problem.ts'
import { joined } from './sweep.ts'
import { soundRanges } from './validate.ts'

/** A container's map, and what root needs in /etc/subuid and /etc/subgid for it. */
export interface PassThrough {
  readonly map: IdMapPair<'container', 'host'>
  /** Host ids to delegate, in as few ranges as possible: the whole base range, holes and all, and the ids passed through. */
  readonly delegated: Readonly<Record<Half, readonly IdRange[]>>
}

/**
 * The map of a container in which some ids are the host's own (container n = host n) and all others are isolated, that
 * is, `base` says what they are. Ids to pass through come in any order and may overlap or touch. Those that `base` does
 * not have extend the container: `u 70000 70000 1` beside `u 0 100000 65536`. `IdMapError` when a range is no range of
 * ids, and when an id to pass through is a host id that `base` gives to another id of the container (IDMAP_OVERLAP).
 */
export function passThrough(input: {
  readonly ids: Readonly<Record<Half, readonly IdRange[]>>
  readonly base: Extent
}): PassThrough {
  const ids = { uid: soundRanges(input.ids.uid), gid: soundRanges(input.ids.gid) }
  const base = pairOf({ uid: [input.base], gid: [input.base] }, SPACES)
  const isolated = mapPair(base, (map, half) => map.without(ids[half]))
  const extents = (half: Half) => [
    ...isolated[half],
    ...ids[half].map(({ from, count }) => ({ from, to: from, count })),
  ]
  return {
    map: pairOf({ uid: extents('uid'), gid: extents('gid') }, SPACES),
    delegated: mapPair(isolated, (rest, half) =>
      joined([...ids[half], ...(rest.size > 0 ? [hostSide(input.base)] : [])]),
    ),
  }
}

const SPACES = { from: 'container', to: 'host' } as const

function hostSide({ to, count }: Extent): IdRange {
  return { from: to, count }
}

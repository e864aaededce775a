import { findConflicts, type UnionContext } from './conflict.ts'
import type { Extent } from './extent.ts'
import { IdMap } from './map.ts'
import { type Half, type MapContext, refuse } from './problem.ts'
import type { Space } from './space.ts'
import { findProblems } from './validate.ts'

/** Users and groups: always two maps, between the same two spaces. */
export interface IdMapPair<From extends Space, To extends Space> {
  readonly uid: IdMap<From, To>
  readonly gid: IdMap<From, To>
}

/** Makes both maps, or throws one `IdMapError` with the problems of both. */
export function pairOf<From extends Space, To extends Space>(
  extents: Readonly<Record<Half, readonly Extent[]>>,
  spaces: Pick<MapContext<From, To>, 'from' | 'to'> = {},
): IdMapPair<From, To> {
  const uid = { ...spaces, half: 'uid' } as const
  const gid = { ...spaces, half: 'gid' } as const
  refuse([...findProblems(extents.uid, uid), ...findProblems(extents.gid, gid)])
  return { uid: IdMap.of(extents.uid, uid), gid: IdMap.of(extents.gid, gid) }
}

/**
 * Does the same with both halves. This is also how to do to a pair what a map can do by itself:
 * `mapPair(pair, map => map.shift('to', 65_536))`, or with ids for each half
 * `mapPair(pair, (map, half) => map.without(taken[half]))`.
 */
export function mapPair<From extends Space, To extends Space, Result>(
  pair: IdMapPair<From, To>,
  change: (map: IdMap<From, To>, half: Half) => Result,
): { readonly uid: Result; readonly gid: Result } {
  return { uid: change(pair.uid, 'uid'), gid: change(pair.gid, 'gid') }
}

/** The way back, for users and groups. */
export function invertPair<From extends Space, To extends Space>(pair: IdMapPair<From, To>): IdMapPair<To, From> {
  return mapPair(pair, map => map.invert())
}

/** First one pair, then the next: users with users, groups with groups. */
export function composePair<From extends Space, Via extends Space, To extends Space>(
  first: IdMapPair<From, Via>,
  next: IdMapPair<Via, To>,
): IdMapPair<From, To> {
  return mapPair(first, (map, half) => map.compose(next[half]))
}

/** Each half for those ids only that the same half of a second pair maps. */
export function restrictPair<From extends Space, To extends Space, Other extends Space>(
  pair: IdMapPair<From, To>,
  ids: IdMapPair<From, Other>,
): IdMapPair<From, To> {
  return mapPair(pair, (map, half) => map.restrict(ids[half]))
}

/** Each half less the ids that the same half of a second pair maps. */
export function withoutPair<From extends Space, To extends Space, Other extends Space>(
  pair: IdMapPair<From, To>,
  ids: IdMapPair<From, Other>,
): IdMapPair<From, To> {
  return mapPair(pair, (map, half) => map.without(ids[half]))
}

/** What both pairs say, as `IdMap.union` does it, or one `IdMapError` with the conflicts of both halves. */
export function unionPair<From extends Space, To extends Space>(
  first: IdMapPair<From, To>,
  second: IdMapPair<From, To>,
  context: Omit<UnionContext<From, To>, 'half'> = {},
): IdMapPair<From, To> {
  const conflicts = mapPair(first, (map, half) =>
    findConflicts(map.extents, second[half].extents, { ...context, half }),
  )
  refuse([...conflicts.uid, ...conflicts.gid])
  return mapPair(first, (map, half) => map.union(second[half]))
}

/** Whether both halves are equal. */
export function equalPairs<From extends Space, To extends Space>(
  a: IdMapPair<From, To>,
  b: IdMapPair<From, To>,
): boolean {
  return a.uid.equals(b.uid) && a.gid.equals(b.gid)
}

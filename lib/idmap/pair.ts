import type { Extent } from './extent.ts'
import { IdMap } from './map.ts'
import { type Half, type MapContext, refuse } from './problem.ts'
import { findProblems } from './validate.ts'

/** Users and groups: always two maps, between the same two spaces. */
export interface IdMapPair<From extends string, To extends string> {
  readonly uid: IdMap<From, To>
  readonly gid: IdMap<From, To>
}

/** Makes both maps, or throws one `IdMapError` with the problems of both. */
export function pairOf<From extends string, To extends string>(
  extents: Readonly<Record<Half, readonly Extent[]>>,
  spaces: Pick<MapContext<From, To>, 'from' | 'to'> = {},
): IdMapPair<From, To> {
  const uid = { ...spaces, half: 'uid' } as const
  const gid = { ...spaces, half: 'gid' } as const
  refuse([...findProblems(extents.uid, uid), ...findProblems(extents.gid, gid)])
  return { uid: IdMap.of(extents.uid, uid), gid: IdMap.of(extents.gid, gid) }
}

/** Does the same with both halves. */
export function mapPair<From extends string, To extends string, Result>(
  pair: IdMapPair<From, To>,
  change: (map: IdMap<From, To>, half: Half) => Result,
): { readonly uid: Result; readonly gid: Result } {
  return { uid: change(pair.uid, 'uid'), gid: change(pair.gid, 'gid') }
}

/** The way back, for users and groups. */
export function invertPair<From extends string, To extends string>(pair: IdMapPair<From, To>): IdMapPair<To, From> {
  return mapPair(pair, map => map.invert())
}

/** First one pair, then the next: users with users, groups with groups. */
export function composePair<From extends string, Via extends string, To extends string>(
  first: IdMapPair<From, Via>,
  next: IdMapPair<Via, To>,
): IdMapPair<From, To> {
  return mapPair(first, (map, half) => map.compose(next[half]))
}

/** Whether both halves are equal. */
export function equalPairs<From extends string, To extends string>(
  a: IdMapPair<From, To>,
  b: IdMapPair<From, To>,
): boolean {
  return a.uid.equals(b.uid) && a.gid.equals(b.gid)
}

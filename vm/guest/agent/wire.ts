import { IdMap } from '../../../lib/idmap/map.ts'
import type { IdMapPair } from '../../../lib/idmap/pair.ts'
import type { WireMap, WireMapPair } from '../protocol.ts'

/** The maps a request carries; the spaces are those its description names. */
export function toPair<From extends string, To extends string>(wire: WireMapPair): IdMapPair<From, To> {
  return { uid: toMap(wire.uid), gid: toMap(wire.gid) }
}

function toMap<From extends string, To extends string>(wire: WireMap): IdMap<From, To> {
  return IdMap.of(wire.map(([from, to, count]) => ({ from, to, count })))
}

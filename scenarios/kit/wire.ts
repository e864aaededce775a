import type { IdMapPair } from '../../lib/idmap/pair.ts'
import type { WireMapPair } from '../../vm/guest/protocol.ts'

/** A pair of maps as requests to the guest carry it. */
export function toWire<From extends string, To extends string>(pair: IdMapPair<From, To>): WireMapPair {
  const wire = (map: IdMapPair<From, To>['uid']) => map.extents.map(({ from, to, count }) => [from, to, count] as const)
  return { uid: wire(pair.uid), gid: wire(pair.gid) }
}

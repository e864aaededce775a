import type { Extent } from '../../../lib/idmap/extent.ts'
import { type IdMapPair, pairOf } from '../../../lib/idmap/pair.ts'
import type { Space } from '../../../lib/idmap/space.ts'

/** Extents as one would write them to `uid_map`: `extents('0 100000 1005', '1005 1005 1')`. */
export function extents(...lines: readonly string[]): Extent[] {
  return lines.map(line => {
    const [from = Number.NaN, to = Number.NaN, count = Number.NaN] = line.split(' ').map(Number)
    return { from, to, count }
  })
}

/** The other way: what a test expects to read. */
export function lines(map: Iterable<Extent>): string[] {
  return [...map].map(({ from, to, count }) => `${from} ${to} ${count}`)
}

/** Users and groups with the same extents. */
export function both<From extends Space, To extends Space>(...written: readonly string[]): IdMapPair<From, To> {
  return pairOf({ uid: extents(...written), gid: extents(...written) })
}

/** The container every example has: `0 100000 65536`. */
export const unprivileged = both<'container', 'host'>('0 100000 65536')

import type { Extent } from '../idmap/extent.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import type { Space } from '../idmap/space.ts'

/** Whose an entry is, by the letters most dialects have for it. */
export const HALVES: ReadonlyMap<string, readonly Half[]> = new Map([
  ['u', ['uid']],
  ['g', ['gid']],
  ['b', ['uid', 'gid']],
])

/** An extent and the letter for whose it is. */
export interface LetteredExtent {
  readonly letter: 'u' | 'g' | 'b'
  readonly extent: Extent
}

/** The extents of a pair for a dialect with a word for "both": what users and groups have alike comes once. Users first. */
export function letteredExtents<From extends Space, To extends Space>(pair: IdMapPair<From, To>): LetteredExtent[] {
  const ofUsers = new Set(pair.uid.extents.map(keyOf))
  const ofGroups = new Set(pair.gid.extents.map(keyOf))
  return [
    ...pair.uid.extents.map(extent => ({ letter: ofGroups.has(keyOf(extent)) ? 'b' : 'u', extent }) as const),
    ...pair.gid.extents.filter(extent => !ofUsers.has(keyOf(extent))).map(extent => ({ letter: 'g', extent }) as const),
  ]
}

function keyOf({ from, to, count }: Extent): string {
  return `${from} ${to} ${count}`
}

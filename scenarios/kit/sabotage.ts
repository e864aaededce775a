import { IdMap } from '../../lib/idmap/map.ts'
import { type IdMapPair, mapPair } from '../../lib/idmap/pair.ts'
import type { Disk } from '../../vm/image/tree.ts'

/** A thing broken on purpose, to see that a story can fail. */
export const sabotages = {
  'swapped-columns': 'the mount maps are written with their columns swapped, the mistake the kernel accepts silently',
  'exchanged-halves': 'each mount map has its uid and gid parts exchanged',
  'one-id-short': 'each extent of a mount map is one id short',
  'wrong-owner-on-disk':
    'the owners of everything the first ext4 disk began with are changed in the raw image before it is read',
  'wrong-bytes-on-disk': 'the word "snow" becomes "rain" wherever it stands in the raw image before it is read',
} as const
export type Sabotage = keyof typeof sabotages

/** The mount map that is really made when the story asks for `map`. */
export function sabotageMap(map: IdMapPair<'disk', 'host'>, sabotage: Sabotage | undefined): IdMapPair<'disk', 'host'> {
  if (sabotage === 'exchanged-halves') return { uid: map.gid, gid: map.uid }
  if (sabotage === 'swapped-columns') return mapPair(map, swapColumns)
  if (sabotage === 'one-id-short') return mapPair(map, shorten)
  return map
}

function swapColumns(map: IdMap<'disk', 'host'>): IdMap<'disk', 'host'> {
  return IdMap.of(map.extents.map(({ from, to, count }) => ({ from: to, to: from, count })))
}

function shorten(map: IdMap<'disk', 'host'>): IdMap<'disk', 'host'> {
  return IdMap.of(map.extents.filter(({ count }) => count > 1).map(extent => ({ ...extent, count: extent.count - 1 })))
}

/** Why this cannot be broken in that story; `undefined` when it can. */
export function whyNotBreakable(disks: readonly Disk[], sabotage: Sabotage): string | undefined {
  if (sabotage === 'wrong-owner-on-disk' && !disks.some(({ fs }) => fs === 'ext4'))
    return 'none of its disks stores owners'
  const texts = disks.flatMap(({ tree }) =>
    Object.values(tree).map(entry => (entry.kind === 'file' ? entry.contents : '')),
  )
  if (sabotage === 'wrong-bytes-on-disk' && !texts.some(text => text.includes('snow')))
    return 'no file on its disks has the word "snow"'
  return undefined
}

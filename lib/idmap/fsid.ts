import { IdMap } from './map.ts'
import { type IdMapPair, mapPair } from './pair.ts'
import { mountMap } from './resolve.ts'

/**
 * A user namespace with fsid mappings, the model proposed to the kernel in 2020, as the mount map that gives the same
 * ownership: with the id map `0 100000 100000` and the fsid map `0 300000 100000`, disk 300000 is root's in the
 * container, so the mount's map is `300000 100000 100000`. That is `mountMap`, with the proposal's rule for a half
 * without any fsid mapping: its ids are looked up in the id map, so they are on disk what they are on the host.
 *
 * An id in one of the two maps only: no process could take it on (setuid(2) and its kin wanted it in both: EINVAL), and
 * it is not in the mount's map either. One thing a mount can't give: an id in the fsid map alone still was shown in the
 * container as owner of its files, where through the mount it is 65534, since the container does not have that id.
 */
export function fsidMap(input: {
  readonly ids: IdMapPair<'container', 'host'>
  readonly onDisk: IdMapPair<'container', 'disk'>
}): IdMapPair<'disk', 'host'> {
  const disk = mapPair(input.onDisk, (map, half) =>
    map.size > 0 ? map : IdMap.of<'container', 'disk'>(input.ids[half].extents),
  )
  return mountMap({ container: input.ids, disk })
}

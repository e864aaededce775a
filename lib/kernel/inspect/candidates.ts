import { IdMap } from '../../idmap/map.ts'
import type { IdMapPair } from '../../idmap/pair.ts'
import { SyscallError } from '../errno.ts'
import { NamedMaps } from '../named-maps.ts'
import { NamedMapError } from '../named-maps-error.ts'
import type { InspectedId } from './judge.ts'
import type { NamespaceLevel } from './namespaces.ts'

/** A map that a mount with a hidden map may have been given. */
export type Candidate = { readonly name: string; readonly map: IdMapPair<'disk', 'host'> }

/** The maps with a name on this machine, and that of the process's own namespace read as a mount's: what containers' mounts are usually given. */
export function candidatesFor(chain: readonly NamespaceLevel[], registry = new NamedMaps()): readonly Candidate[] {
  const own = chain.length > 1 ? chain.at(-1) : undefined
  const named = registry.list().flatMap(({ name }) => readable(registry, name))
  return [...named, ...(own === undefined ? [] : [{ name: `the map of ${own.name}`, map: asMountMap(own) }])]
}

/**
 * The candidates that agree with every id that was seen on both sides of the mount. It takes an id that has one for an
 * agreement: a map that merely lacks all of them proves nothing.
 */
export function agreeing(candidates: readonly Candidate[], ids: readonly InspectedId[]): readonly Candidate[] {
  const seen = ids.filter(({ disk }) => disk !== undefined)
  if (!seen.some(({ host }) => host !== 'nobody')) return []
  return candidates.filter(({ map }) =>
    seen.every(({ half, disk, host }) => (map[half].lookup(disk ?? -1) ?? 'nobody') === host),
  )
}

// A namespace's inner ids are taken for the disk's when it is given to a mount.
function asMountMap({ map: { uid, gid } }: NamespaceLevel): IdMapPair<'disk', 'host'> {
  return { uid: IdMap.of<'disk', 'host'>(uid.extents), gid: IdMap.of<'disk', 'host'>(gid.extents) }
}

// One that may not be read, or went away meanwhile, is no help and no obstacle.
function readable(registry: NamedMaps, name: string): readonly Candidate[] {
  try {
    return [{ name: `the map named ${name}`, map: registry.read(name) }]
  } catch (error) {
    if (error instanceof SyscallError || error instanceof NamedMapError) return []
    throw error
  }
}

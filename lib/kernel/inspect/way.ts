import type { Id } from '../../idmap/extent.ts'
import type { Half } from '../../idmap/problem.ts'
import type { MountMap } from '../mount-facts.ts'
import type { Hop } from './follow.ts'
import type { NamespaceLevel } from './namespaces.ts'
import type { SuperblockFinding } from './superblock.ts'

/** Everything that stands between an inode's ids and what a process sees. */
export type Way = {
  readonly mount: MountMap
  readonly superblock: SuperblockFinding
  /** The outermost first; the first is the host. */
  readonly chain: readonly NamespaceLevel[]
}

/** What became of one id at a mount whose map is hidden, as it was seen; `undefined` for a host id that is none. */
export type Seen = { readonly disk: Id; readonly host: Id | undefined }

/** The hops from the disk to the process: the mount, then each namespace of the chain inwards. */
export function hopsFromDisk(way: Way, half: Half, seen?: Seen): readonly Hop[] {
  return [mountHop(way, half, seen), ...hopsFromHost(way.chain, half)]
}

/** The hops from the host to the process. */
export function hopsFromHost(chain: readonly NamespaceLevel[], half: Half): readonly Hop[] {
  return chain.slice(1).map((namespace, index) => namespaceHop(chain, index + 1, namespace, half))
}

/** How the namespaces of a chain are called: `host`, then their names, the process's own `container`. */
export function spaceOf(chain: readonly NamespaceLevel[], level: number): string {
  if (level === 0) return 'host'
  return level === chain.length - 1 ? 'container' : (chain[level]?.name ?? '')
}

// An idmapped mount's map starts from the ids of the superblock's own namespace, so that namespace's map is passed over.
function mountHop({ mount, superblock }: Way, half: Half, seen: Seen | undefined): Hop {
  const hop = { to: 'host', by: 'the mount’s map', column: 'from' } as const
  if (mount.state === 'known') return { ...hop, extents: mount.map[half].extents }
  if (mount.state === 'hidden' || mount.state === 'unknown')
    return {
      ...hop,
      extents: seen?.host === undefined ? [] : [{ from: seen.disk, to: seen.host, count: 1 }],
      seenOnly: true,
    }
  if (superblock.state !== 'namespace') return { ...hop, extents: undefined }
  const { name, map } = superblock.namespace
  return { ...hop, by: `the map of the superblock’s namespace ${name}`, extents: map[half].extents }
}

// The kernel's file shows outer ids as the reader's; one level's hop is what its parent's ids are inside it.
function namespaceHop(chain: readonly NamespaceLevel[], level: number, namespace: NamespaceLevel, half: Half): Hop {
  const hop = { to: spaceOf(chain, level), by: `the map of ${namespace.name}`, column: 'to' } as const
  const parent = chain[level - 1]
  if (parent === undefined || level === 1) return { ...hop, extents: namespace.map[half].extents }
  return { ...hop, extents: namespace.map[half].compose(parent.map[half].invert()).extents }
}

import type { Extent } from '../idmap/extent.ts'
import { type IdMapPair, mapPair, pairOf } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { extentOf, fail, linesOf, type Piece, splitPiece, wordsOf } from './scan.ts'

/**
 * Reads the value of `idmap=` of a Proxmox mount point: `u:1005:1005:1`, container id first, **disk** id second.
 * Entries are separated by `;` (pve-container 6.1.6), by spaces (its first patch) or by newlines. The value says
 * only what differs from the container's own map: give it to `resolveMountMap` as the exceptions.
 */
export function parseProxmoxIdmap(text: string): IdMapPair<'container', 'disk'> {
  const extents: Record<Half, Extent[]> = { uid: [], gid: [] }
  for (const entry of linesOf(text).flatMap(entriesOf)) {
    const [kind, ...numbers] = splitPiece(entry, ':')
    const half = halfOf(kind ?? entry)
    extents[half].push(extentOf('proxmox', entry, numbers, ['a container id', 'a disk id']))
  }
  return pairOf(extents, { from: 'container', to: 'disk' })
}

/** The value of `idmap=`, users first: `u:1005:1005:1;g:1005:1005:1`. */
export function formatProxmoxIdmap(pair: IdMapPair<'container', 'disk'>): string {
  const { uid, gid } = mapPair(pair, (map, half) =>
    map.extents.map(({ from, to, count }) => [half.charAt(0), from, to, count].join(':')),
  )
  return [...uid, ...gid].join(';')
}

function entriesOf(line: Piece): Piece[] {
  return splitPiece(line, ';').flatMap(wordsOf)
}

function halfOf(kind: Piece): Half {
  if (kind.text === 'u') return 'uid'
  if (kind.text === 'g') return 'gid'
  return fail('proxmox', kind, "'u' or 'g'")
}

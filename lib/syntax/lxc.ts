import type { Extent } from '../idmap/extent.ts'
import { type IdMapPair, mapPair, pairOf } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { extentOf, fail, linesOf, type Piece, skip, splitPiece, wordsOf } from './scan.ts'

/**
 * Reads the id map of an LXC or Proxmox container: `u 0 100000 65536`, container id first, host id second. Entries
 * stand on lines of their own or between `;`, with or without `lxc.idmap =` (`:` in Proxmox files, `lxc.id_map` before
 * LXC 2.1). `u` is for users, `g` for groups, `b` for both as in `lxc-usernsexec`. As in LXC, a key without a value
 * forgets all entries before it, and `#` starts a comment only where an entry could start.
 */
export function parseLxcIdmap(text: string): IdMapPair<'container', 'host'> {
  let extents: Record<Half, Extent[]> = { uid: [], gid: [] }
  for (const entry of linesOf(text).flatMap(entriesOf)) {
    const [kind, ...numbers] = wordsOf(entry.value)
    if (kind) {
      const halves = halvesOf(kind)
      const extent = extentOf('lxc', entry.value, numbers, ['a container id', 'a host id'])
      for (const half of halves) extents[half].push(extent)
    } else if (entry.hasKey) extents = { uid: [], gid: [] }
  }
  return pairOf(extents, { from: 'container', to: 'host' })
}

/** The lines for a container's configuration file, users first: `lxc.idmap = u 0 100000 65536`. */
export function formatLxcIdmap(pair: IdMapPair<'container', 'host'>): string {
  const { uid, gid } = mapPair(pair, (map, half) =>
    map.extents.map(({ from, to, count }) => `lxc.idmap = ${half.charAt(0)} ${from} ${to} ${count}\n`),
  )
  return [...uid, ...gid].join('')
}

interface Entry {
  readonly hasKey: boolean
  readonly value: Piece
}

const KEY = /^[ \t]*lxc\.id_?map[ \t]*[=:]/

function entriesOf(line: Piece): Entry[] {
  const parts = splitPiece(line, ';')
  // A comment goes to the end of its line, and so takes the `;` inside it along.
  const comment = parts.findIndex(part => /^[ \t]*#/.test(part.text))
  return (comment === -1 ? parts : parts.slice(0, comment)).map(part => {
    const key = KEY.exec(part.text)?.[0] ?? ''
    return { hasKey: key !== '', value: skip(part, key.length) }
  })
}

function halvesOf(kind: Piece): readonly Half[] {
  if (kind.text === 'u') return ['uid']
  if (kind.text === 'g') return ['gid']
  if (kind.text === 'b') return ['uid', 'gid']
  return fail('lxc', kind, "'u', 'g' or 'b'")
}

import type { Extent } from '../lib/idmap/extent.ts'
import { type IdMapPair, pairOf } from '../lib/idmap/pair.ts'
import type { Half } from '../lib/idmap/problem.ts'
import { harmless } from '../vm/harmless.ts'
import { UsageError } from './usage-error.ts'

const ENTRY = /^(?:([ugb]):)?(\d{1,10}):(\d{1,10}):(\d{1,10})$/
const halves: Readonly<Record<string, readonly Half[]>> = { u: ['uid'], g: ['gid'], b: ['uid', 'gid'] }

/** Reads the value of `--map`: entries `[b:|u:|g:]DISK:HOST:COUNT` as in mount(8), X-mount.idmap, between spaces, `;` or newlines. */
export function readMapOption(text: string): IdMapPair<'disk', 'host'> {
  const extents: Record<Half, Extent[]> = { uid: [], gid: [] }
  for (const entry of text.split(/[\s;]+/).filter(word => word !== '')) {
    const [, kind = 'b', from, to, count] = ENTRY.exec(entry) ?? refuse(entry)
    for (const half of halves[kind] ?? [])
      extents[half].push({ from: Number(from), to: Number(to), count: Number(count) })
  }
  return pairOf(extents, { from: 'disk', to: 'host' })
}

function refuse(entry: string): never {
  throw new UsageError(
    `--map: ${harmless(JSON.stringify(entry))} is no entry of a map; expected [b:|u:|g:]DISK:HOST:COUNT, as in b:0:100000:65536.`,
  )
}

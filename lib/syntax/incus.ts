import type { Extent } from '../idmap/extent.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import type { Dialect, Entry, Syntax } from './dialect.ts'
import { letteredExtents } from './halves.ts'
import { entriesIn } from './incus-config.ts'
import { rewriteIncus } from './incus-rewrite.ts'
import { decimal, fail, type Piece, readEach, skip, splitPiece } from './scan.ts'

/**
 * `raw.idmap` of Incus and LXD: `both 1000 1000`, `uid 50-60 500-510`, the **host** first, last ids included. Fields are
 * separated by exactly one space, as Incus wants it; blanks around an entry are an accident of copying. The value alone, an
 * instance's or profile's whole YAML, or the `incus config set … raw.idmap …` that sets it.
 *
 * What the text says is not the whole map of the container: Incus cuts these ids out of the instance's base map and puts
 * them in (`security.idmap.*`, `/etc/subuid`); `incus config show` has the result under `volatile.idmap.current`, which
 * the dialect `incus-json` reads. Incus 6 and LXD 5 overlook that two entries for one single id meet (`Intersects` in
 * shared/idmap/entry.go); here they are an overlap.
 */
const container: Syntax<'container'> = {
  dialect: 'incus',
  role: 'container',
  form: 'both|uid|gid host-id[-last] container-id[-last]',
  example: {
    text: 'both 1000 1000\nuid 50-60 500-510\ngid 100000-110000 10000-20000\n',
    source: 'https://linuxcontainers.org/incus/docs/main/userns-idmap/#custom-idmaps',
  },
  read: text => readEach(entriesIn(text), entriesOf),
  format: map =>
    textsFor(map)
      .map(text => `${text}\n`)
      .join(''),
  rewrite: (document, map) => rewriteIncus(document, map, { entriesOf, textsFor }),
}

export const incus = {
  name: 'incus',
  title: 'Incus and LXD (raw.idmap)',
  source: 'https://linuxcontainers.org/incus/docs/main/userns-idmap/',
  roles: { container },
  recognises: text => /\braw\.idmap\b/.test(text) || /^[ \t]*(?:both|uid|gid) [0-9]+[- ]/m.test(text),
} satisfies Dialect

const KINDS: ReadonlyMap<string, readonly Half[]> = new Map([
  ['both', ['uid', 'gid']],
  ['uid', ['uid']],
  ['gid', ['gid']],
])
const WORDS = { b: 'both', u: 'uid', g: 'gid' } as const

function entriesOf(entry: Piece): Entry[] {
  const [kind, host, container, extra] = splitPiece(entry, ' ')
  const end = skip(entry, entry.text.length)
  const halves = KINDS.get(kind?.text ?? '') ?? fail('incus', kind ?? entry, "'both', 'uid' or 'gid'")
  const outside = rangeOf(host ?? end, 'a host id')
  const inside = rangeOf(container ?? end, 'a container id')
  if (inside.count !== outside.count) fail('incus', container ?? end, `as many ids as on the host (${outside.count})`)
  if (extra) fail('incus', extra, 'the end of the entry')
  const extent = { from: inside.from, to: outside.from, count: outside.count }
  return halves.map(half => ({ half, extent, line: entry.line, column: entry.column }))
}

function rangeOf(range: Piece, what: string) {
  const [first, last, extra] = splitPiece(range, '-')
  const from = decimal('incus', first ?? range, what)
  const end = last ? decimal('incus', last, `the last id of the range, or none`) : from
  if (extra) fail('incus', extra, 'the end of the range')
  if (end < from) fail('incus', last ?? range, `a last id from ${from} on`)
  return { from, count: end - from + 1 }
}

function textsFor(map: IdMapPair<'container', 'host'>): string[] {
  return letteredExtents(map).map(
    ({ letter, extent: { from, to, count } }) => `${WORDS[letter]} ${rangeText(to, count)} ${rangeText(from, count)}`,
  )
}

function rangeText(from: number, count: Extent['count']): string {
  return count === 1 ? `${from}` : `${from}-${from + count - 1}`
}

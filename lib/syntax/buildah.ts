import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { settingsOf, shellWords } from './command-line.ts'
import type { Dialect, Entry, ReadContext, Reading, Syntax } from './dialect.ts'
import { IdMapInexpressibleError } from './error.ts'
import { extentOf, fail, type Piece, readEach } from './scan.ts'
import { insideNamespace, throughNamespace } from './through.ts'
import { type Triple, triplesIn } from './triples.ts'

/**
 * `--userns-uid-map` and `--userns-gid-map` of buildah and `podman build`: the container's id first, then the host's, always
 * with a count. When only one of the two is given it counts for both halves. Several extents may follow each other behind `,` or
 * another `:`. `remap-uids` and `remap-gids` of an older storage.conf(5) are read too; there each is for itself. For a rootless user the
 * second id is one of the namespace buildah runs in: give `context.container` as `buildah unshare cat /proc/self/uid_map`
 * shows it. `--userns-uid-map-user` is a fault, since its ids are not in the text.
 */
const container: Syntax<'container'> = {
  dialect: 'buildah',
  role: 'container',
  form: '--userns-uid-map container-id:host-id:count --userns-gid-map …',
  example: {
    text: 'buildah bud --userns-uid-map=0:10000:65536 --userns-gid-map=0:10000:65536 -t image .',
    source: 'https://github.com/containers/buildah/blob/main/docs/buildah-build.1.md',
  },
  read,
  format,
}

export const buildah = {
  name: 'buildah',
  title: 'buildah (--userns-uid-map, --userns-gid-map)',
  source: 'https://github.com/containers/buildah/blob/main/docs/buildah-build.1.md',
  roles: { container },
  recognises: text => /(?:--userns-[ug]id-map\b|(?:^|\n)[ \t]*remap-[ug]ids\b)/.test(text),
} satisfies Dialect

interface Meaning {
  readonly half: Half | 'elsewhere'
  /** The option counts for the other half too when that has none. */
  readonly isShared: boolean
}

const ELSEWHERE: Meaning = { half: 'elsewhere', isShared: false }
const OPTIONS = new Map<string, Meaning>([
  ['--userns-uid-map', { half: 'uid', isShared: true }],
  ['--userns-gid-map', { half: 'gid', isShared: true }],
  ['remap-uids', { half: 'uid', isShared: false }],
  ['remap-gids', { half: 'gid', isShared: false }],
  ['--userns-uid-map-user', ELSEWHERE],
  ['--userns-gid-map-group', ELSEWHERE],
])

interface Order {
  readonly meaning: Meaning
  readonly triple: Triple
}

function read(text: string, context: ReadContext = {}): Reading {
  const orders = ordersIn(text)
  const given = new Set(orders.map(({ meaning }) => meaning.half))
  const halvesOf = ({ half, isShared }: Meaning): readonly Half[] => {
    if (half === 'elsewhere') return []
    const other = half === 'uid' ? 'gid' : 'uid'
    return isShared && !given.has(other) ? [half, other] : [half]
  }
  return readEach(orders, order => entriesOf(order, halvesOf(order.meaning), context.container))
}

/** The extents of all options; without any option every word is a value of `--userns-uid-map`. */
function ordersIn(text: string): Order[] {
  const { options, misspelt, bare } = settingsOf(shellWords(text), OPTIONS)
  const as = (meaning: Meaning) => (word: Piece) => ({ meaning, name: word, value: word })
  const all = [...options, ...misspelt.map(as(ELSEWHERE)), ...bare.map(as({ half: 'uid', isShared: true }))]
  return all.flatMap(({ meaning, name, value }) =>
    meaning.half === 'elsewhere'
      ? [{ meaning, triple: { whole: name, fields: [] } }]
      : triplesIn(value).map(triple => ({ meaning, triple })),
  )
}

function entriesOf(
  { meaning, triple: { whole, fields } }: Order,
  halves: readonly Half[],
  namespaces: ReadContext['container'],
): Entry[] {
  if (meaning.half === 'elsewhere') return fail('buildah', whole, '--userns-uid-map and --userns-gid-map')
  const extent = extentOf('buildah', whole, fields, ['a container id', 'a host id'])
  return halves.flatMap(half => {
    const extents = namespaces ? throughNamespace('buildah', whole, extent, namespaces[half]) : [extent]
    return extents.map(extent => ({ half, extent, line: whole.line, column: whole.column }))
  })
}

function format(map: IdMapPair<'container', 'host'>, context: ReadContext = {}): string {
  const { uid, gid } = context.container ? insideNamespace('buildah', map, context.container) : map
  if ((uid.size === 0) !== (gid.size === 0))
    throw new IdMapInexpressibleError('buildah', 'a map for one half alone counts for both; map ids of both halves')
  const texts = (name: string, { extents }: typeof uid) =>
    extents.map(({ from, to, count }) => `${name} ${from}:${to}:${count}`)
  return [...texts('--userns-uid-map', uid), ...texts('--userns-gid-map', gid)].join(' ')
}

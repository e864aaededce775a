import type { IdMap } from '../idmap/map.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { endOf, type Option, settingsOf, shellWords } from './command-line.ts'
import type { Dialect, Entry, Note, ReadContext, Reading, Syntax } from './dialect.ts'
import { IdMapInexpressibleError, type SyntaxFault } from './error.ts'
import { breakInsert, fillGaps, type PlacedExtent } from './podman-extend.ts'
import { extentOf, fail, readEach, skip } from './scan.ts'
import { insideNamespace, throughNamespace } from './through.ts'
import { type Triple, triplesIn } from './triples.ts'

/**
 * `--uidmap` and `--gidmap` of podman (`UIDMap=` and `GIDMap=` in a quadlet): the container's id first. The second is a host
 * id for root; for everybody else it is an id of podman's own user namespace (the *intermediate* id), so give
 * `context.container` as `podman unshare cat /proc/self/uid_map` shows it, and the result is composed to the host.
 *
 * - no count means 1; several extents may follow each other behind `,` or another `:`;
 * - `u` or `g` in front: the extent is for that half alone, whichever option it is in;
 * - `@` before the second id: that one is a host id even for the rootless, and has to be in podman's namespace;
 * - `+` in front: the extent takes its ids, on both sides, away from those before it; as the first one of a rootless map it also
 *   lets podman fill all other ids in, from container id 0 on;
 * - only one of the two options: it counts for both halves.
 *
 * A rootless half that nothing maps is filled in likewise; without `context.container` (root) it stays empty.
 * `--userns=…` is a fault, since what it maps is decided when podman starts.
 */
const container: Syntax<'container'> = {
  dialect: 'podman',
  role: 'container',
  form: '--uidmap [+][u|g]container-id:[@]host-id[:count] --gidmap …',
  example: {
    text: 'podman run --uidmap 0:2000:100000 --uidmap +1:100:1 alpine',
    source: 'https://docs.podman.io/en/stable/markdown/podman-run.1.html#uidmap-flags-container-uid-from-uid-amount',
  },
  read,
  format,
}

export const podman = {
  name: 'podman',
  title: 'podman (--uidmap, --gidmap)',
  source: 'https://docs.podman.io/en/stable/markdown/podman-run.1.html#uidmap-flags-container-uid-from-uid-amount',
  roles: { container },
  recognises: text =>
    /(?:^|\s)["']?(?:--[ug]idmap|[UG]IDMap)\b/.test(text) || /^\s*\+?[ug]?[0-9]+:@?[0-9]+(?::|\s|$)/.test(text),
} satisfies Dialect

const OPTIONS = new Map<string, Half | 'userns'>([
  ['--uidmap', 'uid'],
  ['UIDMap', 'uid'],
  ['--gidmap', 'gid'],
  ['GIDMap', 'gid'],
  ['--userns', 'userns'],
  ['UserNS', 'userns'],
])

/** One extent as written: from the container's ids to those the option means. */
interface Order extends PlacedExtent {
  readonly option: Half
  readonly halves: readonly Half[]
  readonly isExtending: boolean
  /** The second ids are the host's even for the rootless. */
  readonly isOfHost: boolean
}

/** One extent before its fields are read. */
interface WrittenOrder {
  readonly option: Half | 'userns'
  readonly triple: Triple
}

/** Nobody writes more, the kernel takes 340 extents, and each of these is cut out of all before it. */
const MOST_EXTENDING = 1000

function read(text: string, context: ReadContext = {}): Reading {
  const orders = readEach(ordersIn(text), ({ option, triple }) => [orderOf(option, triple)])
  const users = ordersFor('uid', orders.entries)
  const groups = ordersFor('gid', orders.entries)
  const uid = readHalf('uid', users, groups, context.container)
  const gid = readHalf('gid', groups, users, context.container)
  const [first] = orders.entries
  const ofRoot = first && !context.container ? [noteOf(first)] : []
  return {
    ...(ofRoot.length > 0 && { notes: ofRoot }),
    entries: [...uid.entries, ...gid.entries],
    faults: [...orders.faults, ...withoutRepeats([...uid.faults, ...gid.faults])],
  }
}

function noteOf({ place: { line, column } }: Order): Note {
  const sentence =
    'read as root’s: the second ids of a rootless podman are those of its own user namespace, whose map has to be given too'
  return { line, column, sentence }
}

/** The extents of all options, as fields; without any option every word is a value of `--uidmap`. */
function ordersIn(text: string): WrittenOrder[] {
  const { options, misspelt, bare } = settingsOf(shellWords(text), OPTIONS)
  const all: readonly Option<Half | 'userns'>[] = [
    ...options,
    ...misspelt.map(name => ({ meaning: 'userns' as const, name, value: name })),
    ...bare.map(value => ({ meaning: 'uid' as const, name: value, value })),
  ]
  return all.flatMap(({ meaning, name, value }): WrittenOrder[] =>
    meaning === 'userns'
      ? [{ option: meaning, triple: { whole: name, fields: [] } }]
      : triplesIn(value).map(triple => ({ option: meaning, triple })),
  )
}

function orderOf(option: Half | 'userns', { whole, fields }: Triple): Order {
  if (option === 'userns') return fail('podman', whole, '--uidmap and --gidmap')
  const [first = whole, second, ...others] = fields
  const flags = /^[+ug]*/.exec(first.text)?.[0] ?? ''
  const isOfHost = second?.text.startsWith('@') ?? false
  const ids = [skip(first, flags.length), ...(second ? [skip(second, isOfHost ? 1 : 0)] : [])]
  const count = second && others.length === 0 ? [{ ...endOf(whole), text: '1' }] : others
  const extent = extentOf('podman', whole, [...ids, ...count], ['a container id', 'a host id'])
  const named = HALVES.filter(half => flags.includes(half.charAt(0)))
  const halves = named.length > 0 ? named : HALVES
  return { option, halves, isExtending: flags.includes('+'), isOfHost, extent, place: whole }
}

const HALVES: readonly Half[] = ['uid', 'gid']

/** The extents of one half: those of its own option, or of the other one if it has none. */
function ordersFor(half: Half, orders: readonly Order[]): Order[] {
  const own = orders.filter(({ option }) => option === half)
  return (own.length > 0 ? own : orders).filter(({ halves }) => halves.includes(half))
}

function readHalf(
  half: Half,
  orders: readonly Order[],
  others: readonly Order[],
  namespaces: ReadContext['container'],
): Reading {
  const namespace = namespaces?.[half]
  const tooMany = orders.filter(({ isExtending }) => isExtending)[MOST_EXTENDING]
  if (tooMany)
    return readEach([tooMany.place], place => fail('podman', place, `at most ${MOST_EXTENDING} entries with '+'`))
  const inside = readEach(orders, order => intermediate(order, namespace))
  const broken = breakInsert(inside.entries)
  const filling = orders.length === 0 ? others[0] : orders[0]?.isExtending ? orders[0] : undefined
  const all = namespace && filling ? fillGaps(broken, namespace, filling.place) : broken
  const { entries, faults } = readEach(all, placed => onHost(half, placed, namespace))
  return { entries, faults: [...inside.faults, ...faults] }
}

/** With the ids of podman's own namespace, whatever the text has. */
function intermediate(order: Order, namespace: IdMap<'container', 'host'> | undefined): Order[] {
  if (!order.isOfHost || !namespace) return [order]
  return throughNamespace('podman', order.place, order.extent, namespace.invert()).map(extent => ({ ...order, extent }))
}

function onHost(
  half: Half,
  { extent, place }: PlacedExtent,
  namespace: IdMap<'container', 'host'> | undefined,
): Entry[] {
  const extents = namespace ? throughNamespace('podman', place, extent, namespace) : [extent]
  return extents.map(extent => ({ half, extent, line: place.line, column: place.column }))
}

/** What is wrong for users is wrong for groups too when an extent is for both. */
function withoutRepeats(faults: readonly SyntaxFault[]): SyntaxFault[] {
  return [...new Map(faults.map(fault => [`${fault.line} ${fault.column} ${fault.expected}`, fault])).values()]
}

function format(map: IdMapPair<'container', 'host'>, context: ReadContext = {}): string {
  const { uid, gid } = context.container ? insideNamespace('podman', map, context.container) : map
  const isHalf = (uid.size === 0) !== (gid.size === 0)
  if (isHalf && context.container)
    throw new IdMapInexpressibleError(
      'podman',
      'a rootless podman fills a half without a map in; map ids of both halves',
    )
  const texts = (half: Half, { extents }: typeof uid) =>
    extents.map(({ from, to, count }) => `--${half}map ${isHalf ? half.charAt(0) : ''}${from}:${to}:${count}`)
  return [...texts('uid', uid), ...texts('gid', gid)].join(' ')
}

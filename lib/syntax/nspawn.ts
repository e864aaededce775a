import { equalPairs, type IdMapPair, pairOf } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { settingsOf, shellWords } from './command-line.ts'
import type { Dialect, Entry, ReadContext, Reading, Syntax } from './dialect.ts'
import { IdMapInexpressibleError } from './error.ts'
import { chooseMountIn, type MountCandidate, targetsOf } from './mount-choice.ts'
import { decimal, fail, type Piece, readEach, splitPiece } from './scan.ts'

/**
 * `--private-users=BASE[:LEN]` of systemd-nspawn, or `PrivateUsers=` in a `.nspawn` file: the **host** id that container id 0 gets, and how
 * many ids follow it (65536 if not given), the same for users and groups. `identity` is `0:65536`. What nspawn finds out when
 * it starts (`yes`, `pick`, `managed`, `-U`) is a fault, and so is `no`, which maps nothing.
 */
const container: Syntax<'container'> = {
  dialect: 'nspawn',
  role: 'container',
  form: '--private-users=host-id[:count]',
  example: {
    text: 'systemd-nspawn -D /var/lib/machines/box --private-users=524288:65536 --private-users-ownership=map -b',
    source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd-nspawn.html#--private-users=',
  },
  read: readContainer,
  format: formatContainer,
}

/**
 * `--bind=SOURCE:TARGET:idmap` of systemd-nspawn (`Bind=` in a `.nspawn` file), also `--bind-ro=`: id n on the **disk** is id n of the container, so
 * the map is the container's own, which has to be given in `context.container`. `rootidmap` and `owneridmap` map a directory's
 * owner, whom a text does not know, and are faults; so is a bind without `idmap`, which is no idmapped mount.
 */
const mount: Syntax<'mount'> = {
  dialect: 'nspawn',
  role: 'mount',
  form: '--bind=/SOURCE:/TARGET:idmap',
  example: {
    text: '--bind=/srv/data:/data:idmap',
    context: {
      container: pairOf({
        uid: [{ from: 0, to: 524_288, count: 65_536 }],
        gid: [{ from: 0, to: 524_288, count: 65_536 }],
      }),
    },
    source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd-nspawn.html#--bind=',
  },
  read: readMount,
  format: formatMount,
}

export const nspawn = {
  name: 'nspawn',
  title: 'systemd-nspawn (--private-users, --bind)',
  source: 'https://www.freedesktop.org/software/systemd/man/latest/systemd-nspawn.html',
  roles: { container, mount },
  targets: text => targetsOf(bindsIn(text).filter(({ option }) => option !== undefined)),
  recognises: text => /(?:--private-users|^[ \t]*PrivateUsers|--bind(?:-ro)?|^[ \t]*Bind(?:ReadOnly)?)=/m.test(text),
} satisfies Dialect

const DEFAULT_COUNT = 65_536
const USERS = new Map([
  ['--private-users', 'users'],
  ['PrivateUsers', 'users'],
])
const BINDS = new Map([
  ['--bind', 'bind'],
  ['--bind-ro', 'bind'],
  ['Bind', 'bind'],
  ['BindReadOnly', 'bind'],
])

function readContainer(text: string): Reading {
  const words = shellWords(text)
  const picking = words.filter(({ text }) => text === '-U')
  const { options, misspelt, bare } = settingsOf(words, USERS)
  const values = [...options.map(({ value }) => value), ...misspelt, ...picking]
  return readEach(
    (values.length > 0 ? values : bare).map((value, index) => ({ value, index })),
    ({ value, index }) => (index === 0 ? entriesOf(value) : fail('nspawn', value, 'one --private-users')),
  )
}

function entriesOf(value: Piece): Entry[] {
  const { from: to, count } = rangeOf(value)
  const extent = { from: 0, to, count }
  return (['uid', 'gid'] as const).map(half => ({ half, extent, line: value.line, column: value.column }))
}

function rangeOf(value: Piece) {
  if (value.text === 'identity') return { from: 0, count: DEFAULT_COUNT }
  const [base = value, count, extra] = splitPiece(value, ':')
  if (!/^[0-9]/.test(base.text)) return fail('nspawn', value, '--private-users=host-id[:count] or =identity')
  const from = decimal('nspawn', base, 'a host id')
  if (extra) return fail('nspawn', extra, 'the end of the value')
  return { from, count: count ? decimal('nspawn', count, 'a count') : DEFAULT_COUNT }
}

function formatContainer(map: IdMapPair<'container', 'host'>): string {
  const [extent, other] = map.uid.extents
  if (!extent || other || extent.from !== 0 || !map.uid.equals(map.gid))
    throw new IdMapInexpressibleError(
      'nspawn',
      'it takes one range from container id 0 on, the same for users and groups; use such a range, or another runtime',
    )
  return `--private-users=${extent.to}:${extent.count}`
}

interface Bind extends MountCandidate {
  /** The last of its options that is about maps. */
  readonly option: string | undefined
}

function readMount(text: string, context: ReadContext = {}): Reading {
  const chosen = readEach([text], () => [bindIn(text, context.target)])
  const { entries, faults } = readEach(chosen.entries, bind => containerMap(bind, context.container))
  return { entries, faults: [...chosen.faults, ...faults] }
}

function bindIn(text: string, target: string | undefined): Bind {
  const binds = bindsIn(text)
  const mapped = binds.filter(({ option }) => option !== undefined)
  const [first, ...more] = mapped.length > 0 ? mapped : binds
  if (!first) return fail('nspawn', { text, line: 1, column: 1 }, '--bind=/SOURCE:/TARGET:idmap')
  return chooseMountIn('nspawn', [first, ...more], target)
}

function bindsIn(text: string): Bind[] {
  const { options, misspelt, bare } = settingsOf(shellWords(text), BINDS)
  return [...options.map(({ value }) => value), ...misspelt, ...bare].map(bindOf)
}

function bindOf(place: Piece): Bind {
  // `\:` is a colon of a path.
  const [source = '', target = source, options = ''] = place.text.replaceAll('\\:', '\0').split(':')
  const isBind = /^[/+:]/.test(place.text)
  const all = (isBind ? options : source).split(',')
  return {
    place,
    target: isBind ? target.replaceAll('\0', ':') : undefined,
    option: all.findLast(option => /^(?:no|root|owner)?idmap$/.test(option)),
  }
}

function containerMap({ place, option }: Bind, container: ReadContext['container']): Entry[] {
  if (option === 'rootidmap' || option === 'owneridmap')
    return fail('nspawn', place, `idmap (the owner that ${option} maps is not in the text)`)
  if (option !== 'idmap') return fail('nspawn', place, 'idmap (without it a bind is no idmapped mount)')
  if (!container) return fail('nspawn', place, 'the map of the container, which idmap takes and is not given')
  const entries = (half: Half) =>
    container[half].extents.map(extent => ({ half, extent, line: place.line, column: place.column }))
  return [...entries('uid'), ...entries('gid')]
}

function formatMount(map: IdMapPair<'disk', 'host'>, context: ReadContext = {}): string {
  const own =
    context.container &&
    pairOf<'disk', 'host'>({ uid: context.container.uid.extents, gid: context.container.gid.extents })
  if (!own || own.uid.size + own.gid.size === 0 || !equalPairs(own, map))
    throw new IdMapInexpressibleError(
      'nspawn',
      'a bind takes the container’s own map and no other; give that map, or make the mount outside and bind it',
    )
  return `--bind=/SOURCE:${context.target?.replaceAll(':', '\\:') ?? '/TARGET'}:idmap`
}

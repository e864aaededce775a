import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { type Option, settingsOf, shellWords } from './command-line.ts'
import type { Dialect, Entry, ReadContext, Syntax } from './dialect.ts'
import { extentOf, fail, type Piece, readEach, splitPiece } from './scan.ts'
import { insideNamespace, throughNamespace } from './through.ts'

const FORM = 'container-id:host-id:count'

/**
 * `--map-users` and `--map-groups` of unshare(1). Two orders exist and the separator tells which: `inner:outer:count` since
 * util-linux 2.39, the **container** first; `outer,inner,count` before, the **host** first, still read today. Written is only the first.
 * A half without an option is not mapped.
 *
 * Outer ids are those of the namespace unshare runs in: the host's, unless `context.container` is given as that namespace's map.
 * With it `all` is read too, which passes every id of that namespace through. What depends on who runs the command (`auto`,
 * `subids`, `--map-root-user`, `--map-user=ID`, …) is a fault.
 */
const container: Syntax<'container'> = {
  dialect: 'unshare',
  role: 'container',
  form: `--map-users ${FORM} --map-groups ${FORM}`,
  example: {
    text: 'unshare --user --map-users=0:100000:65536 --map-groups=0:100000:65536 --setuid 0 --setgid 0 sh',
    source: 'https://man7.org/linux/man-pages/man1/unshare.1.html',
  },
  read: (text, context) => readEach(settingsIn(text), setting => entriesOf(setting, context?.container)),
  format,
}

export const unshare = {
  name: 'unshare',
  title: 'unshare(1) (--map-users, --map-groups)',
  source: 'https://man7.org/linux/man-pages/man1/unshare.1.html',
  roles: { container },
  recognises: text => /(?:^|\s)["']?--map-(?:users|groups|auto|subids)\b/.test(text) && !/(?:^|\s)mount\s/.test(text),
} satisfies Dialect

type Meaning = Half | 'caller'

const OPTIONS = new Map<string, Meaning>([
  ['--map-users', 'uid'],
  ['--map-groups', 'gid'],
  ['--map-user', 'caller'],
  ['--map-group', 'caller'],
])
/** Options that map what the caller is or has; `-r` and `-c` may be among other letters. */
const CALLER = /^(?:--map-(?:root-user|current-user|auto|subids)|-[A-Zfimnpurc]*[rc][A-Zfimnpurc]*)$/
/** Other options of unshare whose value is the next word. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  ...['--owner', '--propagation', '--setgroups', '--setuid', '--setgid', '--root', '--wd', '--monotonic', '--boottime'],
  ...['-S', '-G', '-R', '-w', '-l', '--load-interp', '--whitelist-env'],
])

/** An option about the map; of one that is no such thing only the name. */
function settingsIn(text: string): Option<Meaning>[] {
  const words = shellWords(text)
  const own = optionWords(words)
  const { options, misspelt } = settingsOf(own, OPTIONS)
  const callers = [...own.filter(({ text }) => CALLER.test(text)), ...misspelt]
  // Without any option about maps the text is no command line, or one that is here by mistake.
  const strange = options.length + callers.length > 0 ? callers : words.slice(0, 1)
  return [...options, ...strange.map(name => ({ meaning: 'caller' as const, name, value: name }))]
}

/** The words up to the program that unshare is to run, which has options of its own. */
function optionWords(words: readonly Piece[]): Piece[] {
  const start = words.findIndex(({ text }) => /(?:^|\/)unshare$/.test(text)) + 1
  const options: Piece[] = []
  for (let at = start; words[at]?.text.startsWith('-'); at++) {
    const count = OPTIONS.has(words[at]?.text ?? '') || WITH_VALUE.has(words[at]?.text ?? '') ? 2 : 1
    options.push(...words.slice(at, at + count))
    at += count - 1
  }
  return options
}

function entriesOf({ meaning, name, value }: Option<Meaning>, namespaces: ReadContext['container']): Entry[] {
  if (meaning === 'caller') return fail('unshare', name, `--map-users ${FORM} or --map-groups ${FORM}`)
  const { line, column } = value
  const namespace = namespaces?.[meaning]
  if (value.text === 'all' && namespace)
    return namespace.extents.map(extent => ({ half: meaning, extent, line, column }))
  const written = value.text.includes(',') ? legacyExtent(value) : extentIn(value)
  const extents = namespace ? throughNamespace('unshare', value, written, namespace) : [written]
  return extents.map(extent => ({ half: meaning, extent, line, column }))
}

function extentIn(value: Piece) {
  const isWord = /^[a-z]+$/.test(value.text)
  if (isWord) return fail('unshare', value, `${FORM} (what a word stands for depends on who runs unshare)`)
  return extentOf('unshare', value, splitPiece(value, ':'), ['a container id', 'a host id'])
}

function legacyExtent(value: Piece) {
  const {
    from: to,
    to: from,
    count,
  } = extentOf('unshare', value, splitPiece(value, ','), ['a host id', 'a container id'])
  return { from, to, count }
}

function format(map: IdMapPair<'container', 'host'>, context: ReadContext = {}): string {
  const { uid, gid } = context.container ? insideNamespace('unshare', map, context.container) : map
  const texts = (name: string, { extents }: typeof uid) =>
    extents.map(({ from, to, count }) => `${name} ${from}:${to}:${count}`)
  return [...texts('--map-users', uid), ...texts('--map-groups', gid)].join(' ')
}

import { settingsOf, shellWords } from './command-line.ts'
import type { Dialect, Entry, Syntax } from './dialect.ts'
import { IdMapInexpressibleError } from './error.ts'
import { HALVES, letteredExtents } from './halves.ts'
import { extentOf, fail, type Piece, readEach, splitPiece } from './scan.ts'

const NAMES = new Map([
  ['--map-mount', 'map'],
  ['--map-caller', 'caller'],
])
const FORM = 'b|u|g:disk-id:host-id:count'

/**
 * `--map-mount=b:0:10000:10000` of mount-idmapped: the id **on the disk** first, then the one the host sees through the mount.
 * The entries alone, or a command line with the option. The tool's README also has the words `both`, `uid` and `gid`, which its
 * code (sscanf `%c:`) refuses; they are read, and never written. A path to a user namespace instead of numbers is a fault, since its
 * map is not in the text, and so is `--map-caller`, which makes all ids those of another namespace.
 */
const mount: Syntax<'mount'> = {
  dialect: 'mount-idmapped',
  role: 'mount',
  form: `--map-mount=${FORM}`,
  example: {
    text: 'mount-idmapped --map-mount=u:0:10000:10000 --map-mount=g:0:20000:20000 /source /target',
    source: 'https://github.com/brauner/mount-idmapped#readme',
  },
  read: text => readEach(entriesIn(text), entriesOf),
  format: map => {
    const entries = letteredExtents(map)
    if (entries.length === 0)
      throw new IdMapInexpressibleError('mount-idmapped', 'it is empty; a mount without a map needs no --map-mount')
    return entries
      .map(({ letter, extent: { from, to, count } }) => `--map-mount=${letter}:${from}:${to}:${count}`)
      .join(' ')
  },
}

export const mountIdmapped = {
  name: 'mount-idmapped',
  title: 'mount-idmapped (--map-mount)',
  source: 'https://github.com/brauner/mount-idmapped#readme',
  roles: { mount },
  recognises: text => text.includes('--map-mount') || /^\s*(?:both|uid|gid):[0-9]+:/.test(text),
} satisfies Dialect

/** The values of the option; in a text without it every word is one. */
function entriesIn(text: string): Piece[] {
  const { options, misspelt, bare } = settingsOf(shellWords(text), NAMES)
  const values = options.map(({ meaning, name, value }) => (meaning === 'map' ? value : name))
  return [...values, ...misspelt, ...bare].flatMap(entry => splitPiece(entry, ';')).filter(({ text }) => text !== '')
}

const WORDS = new Map([
  ['both', 'b'],
  ['uid', 'u'],
  ['gid', 'g'],
])

function entriesOf(entry: Piece): Entry[] {
  if (entry.text.startsWith('-')) return fail('mount-idmapped', entry, `--map-mount=${FORM}`)
  if (entry.text.startsWith('/'))
    return fail('mount-idmapped', entry, `${FORM} (the map of a namespace is not in its path)`)
  const [kind, ...numbers] = splitPiece(entry, ':')
  const letter = WORDS.get(kind?.text ?? '') ?? kind?.text ?? ''
  const halves = HALVES.get(letter) ?? fail('mount-idmapped', kind ?? entry, "'b', 'u' or 'g'")
  const extent = extentOf('mount-idmapped', entry, numbers, ['a disk id', 'a host id'])
  return halves.map(half => ({ half, extent, line: entry.line, column: entry.column }))
}

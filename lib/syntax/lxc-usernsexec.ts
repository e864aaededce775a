import type { IdMapPair } from '../idmap/pair.ts'
import { endOf, wordsOfLine } from './command-line.ts'
import type { Dialect, Entry, Reading, Syntax } from './dialect.ts'
import { IdMapInexpressibleError } from './error.ts'
import { HALVES, letteredExtents } from './halves.ts'
import { extentOf, fail, linesOf, type Piece, readEach, skip, splitPiece } from './scan.ts'

/**
 * The maps of `lxc-usernsexec -m b:0:100000:65536` and of LXD's `fuidshift DIR b:0:100000:65536`, container id first,
 * host id second. The maps may stand alone, in words, on lines or between `;`, or in the whole command.
 * `lxc-usernsexec` itself reads them with `sscanf`, so it also takes negative numbers and ignores what follows the
 * count; here both are faults. Without any `-m` it maps the caller's first lines of `/etc/subuid` and `/etc/subgid` to
 * 0, and `-s` adds the caller's own ids: neither is in the text, so a command that asks for them is a fault.
 * A map of users alone is written as asked, but LXC fails with it where it uses the shadow tools: `lxc_map_ids` never
 * resets `had_entry` between users and groups, and so runs `newgidmap` without any range.
 */
const container: Syntax<'container'> = {
  dialect: 'lxc-usernsexec',
  role: 'container',
  form: '-m u|g|b:container-id:host-id:count',
  example: {
    text: 'lxc-usernsexec -m b:0:100000:65536 -- /bin/bash',
    source: 'https://linuxcontainers.org/lxc/manpages/man1/lxc-usernsexec.1.html',
  },
  read,
  format,
}

export const lxcUsernsexec = {
  name: 'lxc-usernsexec',
  title: 'lxc-usernsexec and fuidshift',
  source: 'https://linuxcontainers.org/lxc/manpages/man1/lxc-usernsexec.1.html',
  roles: { container },
  recognises: text => /(?:lxc-usernsexec|fuidshift)[ \t]/.test(text) || /^\s*(?:-m[ \t]*)?[ugb]:\d+:\d+:\d+/.test(text),
} satisfies Dialect

function read(text: string): Reading {
  return readEach(linesOf(text).flatMap(mapsOf), entriesOf)
}

function format(pair: IdMapPair<'container', 'host'>): string {
  const maps = letteredExtents(pair)
  if (maps.length === 0)
    throw new IdMapInexpressibleError(
      'lxc-usernsexec',
      "without any -m it takes the caller's lines of /etc/subuid; map at least one id",
    )
  return maps.map(({ letter, extent: { from, to, count } }) => `-m ${letter}:${from}:${to}:${count}`).join(' ')
}

/** A word that is to be a map, or what is there instead of one. */
interface MapWord {
  readonly word: Piece
  readonly fault?: string
}

const PROGRAM = /(?:^|\/)(lxc-usernsexec|fuidshift)$/

function mapsOf(line: Piece): MapWord[] {
  if (/^[ \t]*#/.test(line.text)) return []
  return splitPiece(line, ';').flatMap(command => mapsOfCommand(wordsOfLine(command)))
}

function mapsOfCommand(words: readonly Piece[]): MapWord[] {
  const at = words.findIndex(word => PROGRAM.test(word.text))
  const program = words[at]
  if (!program) return mapsOfWords(words)
  const rest = words.slice(at + 1)
  if (!program.text.endsWith('fuidshift')) {
    const maps = mapsOfWords(argumentsOf(rest))
    return maps.length > 0
      ? maps
      : [{ word: endOf(program), fault: '-m and a map; which ids are the caller’s in /etc/subuid is not in the text' }]
  }
  const [, ...maps] = rest.filter(({ text }) => !FUIDSHIFT_OPTIONS.has(text))
  return mapsOfWords(maps)
}

const FUIDSHIFT_OPTIONS: ReadonlySet<string> = new Set(['-t', '-r', '--test', '--reverse'])

/** The options of `lxc-usernsexec`; the first word that is none is the command to run. */
function argumentsOf(words: readonly Piece[]): readonly Piece[] {
  const end = words.findIndex(
    (word, at) => word.text === '--' || !(word.text.startsWith('-') || words[at - 1]?.text === '-m'),
  )
  return end === -1 ? words : words.slice(0, end)
}

function mapsOfWords(words: readonly Piece[]): MapWord[] {
  return words.flatMap((word, at) => {
    if (word.text === '-m') return words[at + 1] ? [] : [{ word: endOf(word), fault: FORM }]
    if (word.text === '-s') return [{ word, fault: 'no -s: which ids are the caller’s own is not in the text' }]
    return [{ word: /^-m./.test(word.text) ? skip(word, 2) : word }]
  })
}

const FORM = 'u|g|b:container-id:host-id:count'

function entriesOf({ word, fault }: MapWord): Entry[] {
  if (fault !== undefined) return fail('lxc-usernsexec', word, fault)
  const [kind, ...numbers] = splitPiece(word, ':')
  const halves = HALVES.get(kind?.text ?? '')
  if (!halves) return fail('lxc-usernsexec', kind ?? word, "'u', 'g' or 'b'")
  const extent = extentOf('lxc-usernsexec', word, numbers, ['a container id', 'a host id'])
  return halves.map(half => ({ half, extent, line: word.line, column: word.column }))
}

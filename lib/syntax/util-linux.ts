import { equalPairs, type IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { settingsOf, shellWords, wordsOfLine } from './command-line.ts'
import { type Dialect, type Entry, parseMap, type ReadContext, type Reading, type Syntax } from './dialect.ts'
import { IdMapInexpressibleError } from './error.ts'
import { HALVES, letteredExtents } from './halves.ts'
import { editLines } from './line-edit.ts'
import { chooseMountIn, targetsOf } from './mount-choice.ts'
import { extentOf, fail, linesOf, type Piece, readEach, skip, splitPiece, wordsOf } from './scan.ts'

const FORM = '[b:|u:|g:]disk-id:host-id:count'

/**
 * `X-mount.idmap=` of mount(8) since util-linux 2.39 (older ones pass over it silently): the id **on the disk** first, then the
 * one the host sees through the mount. The manual page said the reverse until 2026; the code never did (#4613). An entry without a
 * letter is for users and groups. Entries are separated by spaces, in fstab by `\040`.
 *
 * A text is the value, an option list or command line with the option, whole lines of `/etc/fstab` (`context.target` chooses when
 * several have a map), or `mount --map-users … --map-groups …`. A path to a user namespace instead of entries is a fault, since
 * its map is not in the text. util-linux passes over anything behind the count; here it is a fault.
 */
const mount: Syntax<'mount'> = {
  dialect: 'util-linux',
  role: 'mount',
  form: `X-mount.idmap=${FORM}`,
  example: {
    text: 'X-mount.idmap=u:1000:0:1 g:1001:1:2 5000:1000:2',
    source: 'https://man7.org/linux/man-pages/man8/mount.8.html (X-mount.idmap)',
  },
  read: (text, context) => read(text, context?.target),
  format: map => `${KEY}${valueFor(map, ' ')}`,
  rewrite: (document, map, context) => rewrite(document, map, context),
}

export const utilLinux = {
  name: 'util-linux',
  title: 'mount(8) and fstab (X-mount.idmap)',
  source: 'https://man7.org/linux/man-pages/man8/mount.8.html',
  roles: { mount },
  targets: text => targetsOf(valuesIn(text)),
  recognises: text =>
    text.includes(KEY) ||
    /(?:^|\s)--map-(?:users|groups)\b/.test(text) ||
    /^\s*(?:[bug]:)?[0-9]+:[0-9]+:[0-9]+(?:\s|\\040|$)/.test(text),
} satisfies Dialect

const KEY = 'X-mount.idmap='
const OPTIONS = new Map<string, readonly Half[]>([
  ['--map-users', ['uid']],
  ['--map-groups', ['gid']],
])

/** A value of the option, and the line of fstab it may be on. */
interface Value {
  readonly place: Piece
  readonly target: string | undefined
}

/** An entry; its halves are given by the option it is the value of, or by its letter. */
interface Part {
  readonly entry: Piece
  readonly halves?: readonly Half[]
}

function read(text: string, target: string | undefined): Reading {
  const parts = readEach([text], () => partsIn(text, target))
  const { entries, faults } = readEach(parts.entries, entriesOf)
  return { entries, faults: [...parts.faults, ...faults] }
}

function partsIn(text: string, target: string | undefined): Part[] {
  const [first, ...others] = valuesIn(text)
  if (first) return entriesIn(chooseMountIn('util-linux', [first, ...others], target).place).map(entry => ({ entry }))
  const { options, misspelt, bare } = settingsOf(shellWords(text), OPTIONS)
  return [
    ...options.map(({ meaning, value }) => ({ entry: value, halves: meaning })),
    ...[...misspelt, ...bare.flatMap(entriesIn)].map(entry => ({ entry })),
  ]
}

function valuesIn(text: string): Value[] {
  return linesOf(text).flatMap(line => {
    if (line.text.trimStart().startsWith('#')) return []
    const words = wordsOfLine(line)
    return words.flatMap((word, at): Value[] => {
      const start = word.text.indexOf(KEY)
      if (start === -1) return []
      return [{ place: idmapValue(line, words, at, start + KEY.length), target: at === 3 ? words[1]?.text : undefined }]
    })
  })
}

/** The value up to the next option; not quoted, it goes on in the next words as long as these look like entries. */
function idmapValue(line: Piece, words: readonly Piece[], at: number, start: number): Piece {
  const word = words[at] ?? line
  const value = skip(word, start)
  const quote = /^["']/.exec(value.text)?.[0]
  if (quote) return splitPiece(skip(value, 1), quote)[0] ?? value
  const next = words.findIndex((other, index) => index > at && !/^(?:[a-z]+:)?[0-9]+:/i.test(other.text))
  const last = words[(next === -1 ? words.length : next) - 1] ?? word
  const isQuoted = /["']/.test(line.text.charAt(word.column - line.column - 1))
  const end = isQuoted ? value : last
  const whole = skip(line, value.column - line.column, end.column + end.text.length - value.column)
  return splitPiece(whole, ',')[0] ?? whole
}

function entriesIn(value: Piece): Piece[] {
  return splitPiece(value, '\\040')
    .flatMap(part => splitPiece(part, ';'))
    .flatMap(wordsOf)
}

function entriesOf({ entry, halves: given }: Part): Entry[] {
  if (/^-|^x-mount/i.test(entry.text)) return fail('util-linux', entry, `${KEY}… or --map-users and --map-groups`)
  if (entry.text.startsWith('/'))
    return fail('util-linux', entry, `${FORM} (the map of a namespace is not in its path)`)
  const [kind, ...others] = splitPiece(entry, ':')
  const isLettered = !given && kind && !/^[0-9]/.test(kind.text)
  const halves = given ?? (isLettered ? HALVES.get(kind.text) : BOTH) ?? fail('util-linux', kind ?? entry, FORM)
  const numbers = isLettered || !kind ? others : [kind, ...others]
  const extent = extentOf('util-linux', entry, numbers, ['a disk id', 'a host id'])
  return halves.map(half => ({ half, extent, line: entry.line, column: entry.column }))
}

const BOTH: readonly Half[] = ['uid', 'gid']

function valueFor(map: IdMapPair<'disk', 'host'>, separator: string): string {
  const entries = letteredExtents(map)
  if (entries.length === 0)
    throw new IdMapInexpressibleError(
      'util-linux',
      `it is empty; leave ${KEY} out of the options of a mount without a map`,
    )
  return entries.map(({ letter, extent: { from, to, count } }) => `${letter}:${from}:${to}:${count}`).join(separator)
}

/** Only the value changes, and only if it says something else: comments, other lines and other options stay. */
function rewrite(document: string, map: IdMapPair<'disk', 'host'>, context: ReadContext = {}): string {
  if (equalPairs(parseMap(mount, document, context), map)) return document
  const [first, ...others] = valuesIn(document)
  if (!first) return fail('util-linux', { text: document, line: 1, column: 1 }, `a mount with ${KEY}`)
  const { place, target } = chooseMountIn('util-linux', [first, ...others], context.target)
  const before = linesOf(document)[place.line - 1]?.text.slice(0, place.column - 1) ?? ''
  // A shell would take the entries apart, unless they are quoted already or were apart before.
  const isBare = target === undefined && !/["']/.test(before) && !place.text.includes(' ')
  const value = valueFor(map, target === undefined ? ' ' : '\\040')
  return editLines(document, [{ piece: place, text: isBare && value.includes(' ') ? `"${value}"` : value }])
}

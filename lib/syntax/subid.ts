import { type IdRange, MAX_ID } from '../idmap/extent.ts'
import { missingFrom } from '../idmap/host-ids.ts'
import type { Dialect } from './dialect.ts'
import { raise, type SyntaxFault } from './error.ts'
import { editLines } from './line-edit.ts'
import { decimal, fail, type Piece, readEach, skip, splitPiece } from './scan.ts'

/** Ids of the host that a user may map: uids in `/etc/subuid`, gids in `/etc/subgid`. */
export interface SubidRange extends IdRange {
  /** A user's name, or its uid in digits; also in `/etc/subgid`, which names users and not groups. */
  readonly owner: string
}

/** One line of `/etc/subuid` or `/etc/subgid`: `owner:start:count`. */
export interface SubidLine extends SubidRange {
  /** Counted from 1. */
  readonly line: number
}

/** The lines of one file, in its order. */
export type SubidLines = readonly SubidLine[]

/**
 * The files of subuid(5), which newuidmap(1) asks for every host id that is not the caller's own; root is no exception,
 * and a range may span neighbouring lines of one owner. No map: it says which host ids may be mapped, not to what.
 *
 * shadow passes over every line it cannot read, silently; here such lines are faults. Blank lines, comments and ranges
 * of no ids are passed over. shadow 4.17 reads a leading 0 as octal, 0x as hexadecimal, and lines up to 1023 bytes.
 */
export const subid = {
  name: 'subid',
  title: 'Subordinate ids (/etc/subuid and /etc/subgid)',
  source: 'https://man7.org/linux/man-pages/man5/subuid.5.html; lib/subordinateio.c of shadow',
  roles: {},
  ranges: {
    form: 'owner:first-host-id:count',
    example: {
      text: 'root:100000:65536\nroot:1005:1\n',
      source: 'https://pve.proxmox.com/wiki/Unprivileged_LXC_containers',
    },
    read: readSubids,
    format: formatSubids,
  },
  recognises: text => /^[^\s:#]+:\d+:\d+[ \t]*$/m.test(text),
} satisfies Dialect

/** Every line that gives ids, and every line shadow would pass over without a word; never throws. */
export function readSubids(text: string): { readonly lines: SubidLines; readonly faults: readonly SyntaxFault[] } {
  const lines = text.split('\n').map((line, index): Piece => ({ text: line, line: index + 1, column: 1 }))
  const { entries, faults } = readEach(lines, lineOf)
  return { lines: entries, faults }
}

/** Every line that gives ids; throws an `IdMapSyntaxError` with all the others that are not blank, a comment, or of count 0. */
export function parseSubids(text: string): SubidLines {
  const { lines, faults } = readSubids(text)
  raise(faults)
  return lines
}

/** The text of a file with these lines. */
export function formatSubids(lines: readonly SubidRange[]): string {
  return lines.map(line => `${subidText(line)}\n`).join('')
}

/** What a user has, in the order of the file: by name or, as subuid(5) allows, by uid. */
export function subidsOf(lines: SubidLines, user: { readonly name: string; readonly uid?: number }): SubidLines {
  return lines.filter(({ owner }) => owner === user.name || (user.uid !== undefined && owner === `${user.uid}`))
}

/** The file with what an owner still lacks of a range at its end; the same file when the owner has all of it. */
export function addSubids(document: string, { owner, ...range }: SubidRange): string {
  const lines = parseSubids(document)
  const missing = missingFrom([range], subidsOf(lines, { name: owner }))
  return rewriteSubids(document, [...lines, ...missing.map(ids => ({ owner, ...ids }))])
}

/** The file with these ranges and no others: lines that are still right stay byte for byte where they are, comments too. */
export function rewriteSubids(document: string, ranges: readonly SubidRange[]): string {
  const wanted = new Map<string, number>()
  for (const range of ranges) wanted.set(subidText(range), (wanted.get(subidText(range)) ?? 0) + 1)
  const take = (range: SubidRange) => {
    const left = wanted.get(subidText(range)) ?? 0
    if (left > 0) wanted.set(subidText(range), left - 1)
    return left > 0
  }
  const texts = document.split('\n')
  const gone = parseSubids(document).filter(line => !take(line))
  const edits = gone.map(({ line }) => ({ piece: { text: texts[line - 1] ?? '', line, column: 1 }, text: '' }))
  const added = [...wanted].flatMap(([text, left]) => Array<string>(left).fill(text))
  const at = texts.findLastIndex(text => text.trim() !== '') + 2
  return editLines(document, edits, { at, lines: added })
}

/** One line, without its end. */
export function subidText({ owner, from, count }: SubidRange): string {
  return `${owner}:${from}:${count}`
}

/** `rangebuf` of shadow's `subordinate_parse`. */
const LONGEST_LINE = 1023

function lineOf(line: Piece): SubidLine[] {
  const text = line.text.trim()
  if (text === '' || text.startsWith('#')) return []
  if (line.text.length > LONGEST_LINE) fail('subid', line, `a line of at most ${LONGEST_LINE} characters`)
  const [owner = line, start, count, extra] = splitPiece(line, ':')
  const end = skip(line, line.text.length)
  if (!/^[^\s#]+$/.test(owner.text)) fail('subid', owner, "a user's name or uid, without blanks")
  const range = {
    from: decimal('subid', start ?? end, 'the first host id'),
    count: decimal('subid', count ?? end, 'a count'),
  }
  if (extra) fail('subid', extra, 'the end of the line')
  if (range.from + range.count > MAX_ID + 1) fail('subid', start ?? line, `a range that ends at ${MAX_ID} or before`)
  return range.count === 0 ? [] : [{ owner: owner.text, ...range, line: line.line }]
}

import type { Extent } from '../idmap/extent.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import type { Dialect, Entry, Note, Reading, Syntax } from './dialect.ts'
import { type DialectName, IdMapInexpressibleError, printable, raise } from './error.ts'
import { HALVES } from './halves.ts'
import { keepWritten } from './keep.ts'
import { editLines } from './line-edit.ts'
import {
  includesOf,
  isNearlyMapKey,
  type MapLine,
  type MapPart,
  mainLinesOf,
  mapLinesOf,
  unprivilegedEntries,
  unprivilegedLineOf,
} from './lxc-config.ts'
import { extentOf, fail, linesOf, type Piece, readEach, wordsOf } from './scan.ts'

/**
 * The id map of an LXC or Proxmox container: `u 0 100000 65536`, container id first, host id second. Entries stand on
 * lines of their own or between `;`, with or without `lxc.idmap =` (`:` in Proxmox files, `lxc.id_map` before LXC 2.1),
 * alone or in a whole configuration, whose other settings are passed over; an `lxc.include` is not followed, which is noted. `u` is for
 * users, `g` for groups, and where no key is before it `b` for both, as in `lxc-usernsexec` (behind the key LXC and Proxmox
 * refuse it). As in LXC, a key
 * without a value forgets all entries before it, and `#` starts a comment only where an entry could start.
 * A key that is nearly `lxc.idmap` is a fault: LXC refuses it, Proxmox drops it with a warning.
 *
 * Of a Proxmox configuration only the part above the first `[snapshot]` counts, and `unprivileged: 1` without any
 * `lxc.idmap` is the map Proxmox then uses, `b 0 100000 65536`.
 */
export const lxc = {
  name: 'lxc',
  title: 'LXC and Proxmox container (lxc.idmap)',
  source: 'https://linuxcontainers.org/lxc/manpages/man5/lxc.container.conf.5.html',
  roles: { container: lxcSyntax('lxc', 'lxc.idmap') },
  recognises: text => linesOf(text).some(line => RECOGNISED.test(line.text)),
} satisfies Dialect

/** The same, written for LXC before 2.1: `lxc.id_map`. LXC 3.0 and Proxmox no longer know that key. */
export const lxcLegacy = {
  name: 'lxc-legacy',
  title: 'LXC before 2.1 (lxc.id_map)',
  source: 'https://linuxcontainers.org/lxc/manpages/man1/lxc-update-config.1.html',
  roles: { container: lxcSyntax('lxc-legacy', 'lxc.id_map') },
  recognises: text => linesOf(text).some(line => /^[ \t]*lxc\.id_map[ \t]*[=:]/.test(line.text)),
} satisfies Dialect

/** The key, an entry, or a setting that only containers of LXC and Proxmox have. */
const RECOGNISED = /^[ \t]*(?:lxc\.[a-z.]+[ \t]*[=:]|(?:unprivileged|rootfs):|[ugb][ \t]+\d+[ \t]+\d+[ \t]+\d)/

function lxcSyntax(dialect: DialectName, key: string): Syntax<'container'> {
  return {
    dialect,
    role: 'container',
    form: `${key} = u|g container-id host-id count`,
    example: {
      text: [
        'u 0 100000 1005',
        'g 0 100000 1005',
        'u 1005 1005 1',
        'g 1005 1005 1',
        'u 1006 101006 64530',
        'g 1006 101006 64530',
      ]
        .map(entry => `${key} = ${entry}\n`)
        .join(''),
      source: 'https://pve.proxmox.com/wiki/Unprivileged_LXC_containers',
    },
    read: text => read(dialect, text),
    format: pair =>
      entryLines(pair)
        .map(entry => `${key} = ${entry}\n`)
        .join(''),
    rewrite: (document, pair) => rewrite(dialect, key, document, pair),
  }
}

function read(dialect: DialectName, text: string): Reading {
  const { forgotten, counting } = partsOf(mapLinesOf(text))
  const { entries, faults } = readEach(counting, part => entriesOf(dialect, part))
  const notes = includesOf(text).map(note)
  return {
    ...(notes.length > 0 && { notes }),
    entries: forgotten.length + counting.length > 0 ? entries : impliedBy(text),
    faults: [...readEach(forgotten, part => entriesOf(dialect, part)).faults, ...faults],
  }
}

function note({ text, line, column }: Piece): Note {
  const file = text.slice(text.search(/[=:]/) + 1).trim()
  return { line, column, sentence: `lxc.include is not followed: what ${printable(file)} says of ids is not looked at` }
}

/** A key without a value forgets what is before it. */
function partsOf(lines: readonly MapLine[]): { readonly forgotten: MapPart[]; readonly counting: MapPart[] } {
  const parts = lines.flatMap(line => line.parts)
  const start = parts.findLastIndex(forgets) + 1
  return { forgotten: parts.slice(0, start), counting: parts.slice(start) }
}

/** Blanks between quotes are a value, which LXC refuses (`lxc_config_value_empty` in src/lxc/confile_utils.c). */
function forgets({ key, value }: MapPart): boolean {
  return key !== '' && value.text === ''
}

function impliedBy(text: string): Entry[] {
  const line = unprivilegedLineOf(text)
  return line ? unprivilegedEntries(line) : []
}

function entriesOf(dialect: DialectName, part: MapPart): Entry[] {
  const { key, value } = part
  if (forgets(part)) return []
  const [kind = value, ...numbers] = wordsOf(value)
  const halves = HALVES.get(kind.text)
  if (!halves || (key !== '' && kind.text === 'b')) return fail(dialect, kind, kindExpected(key, kind.text))
  const extent = extentOf(dialect, value, numbers, ['a container id', 'a host id'])
  return halves.map(half => ({ half, extent, line: kind.line, column: kind.column }))
}

function kindExpected(key: string, word: string): string {
  if (isKey(word)) return "'lxc.idmap =' before an entry"
  return key === '' ? "'u', 'g' or 'b'" : "'u' or 'g'"
}

/** Whether somebody meant a word to be the key: it is misspelt, or nothing follows it that sets it. */
function isKey(word: string): boolean {
  const key = /^[^=:]*/.exec(word)?.[0] ?? ''
  return key.startsWith('lxc.') || isNearlyMapKey(key)
}

function entryLines(extents: Readonly<Record<Half, Iterable<Extent>>>): string[] {
  return (['uid', 'gid'] as const).flatMap(half =>
    [...extents[half]].map(({ from, to, count }) => `${half.charAt(0)} ${from} ${to} ${count}`),
  )
}

function rewrite(dialect: DialectName, key: string, document: string, pair: IdMapPair<'container', 'host'>): string {
  raise(read(dialect, document).faults)
  const lines = mapLinesOf(document)
  const { counting } = partsOf(lines)
  const counted = new Set(counting)
  if (lines.length === 0 && isSaidBy(impliedBy(document), pair)) return document
  const written = lines
    .map(line => ({
      line,
      entries: line.parts.filter(part => counted.has(part)).flatMap(part => entriesOf(dialect, part)),
    }))
    .filter(({ entries }) => entries.length > 0)
  const { kept, missing } = keepWritten(written, pair)
  const added = entryLines(missing)
  if (unprivilegedLineOf(document) && kept.size + added.length === 0) throw unsayable(dialect)
  const gone = written.filter(part => !kept.has(part))
  const lastLine = lines.at(-1)?.piece.line
  return editLines(
    document,
    gone.map(({ line }) => ({ piece: line.piece, text: '' })),
    {
      at: gone[0]?.line.piece.line ?? (lastLine === undefined ? lineAfterMain(document) : lastLine + 1),
      lines: added.map(entry => `${counting[0]?.key ?? newKey(document, key)}${entry}`),
    },
  )
}

function isSaidBy(entries: readonly Entry[], pair: IdMapPair<'container', 'host'>): boolean {
  const { kept, missing } = keepWritten([{ entries }], pair)
  return kept.size === 1 && entryLines(missing).length === 0
}

function unsayable(dialect: DialectName): IdMapInexpressibleError {
  return new IdMapInexpressibleError(
    dialect,
    "'unprivileged: 1' without any lxc.idmap means b 0 100000 65536; map at least one id, or make the container privileged",
  )
}

/** Before the first section, and before the blank lines there. */
function lineAfterMain(document: string): number {
  return mainLinesOf(document).findLastIndex(({ text }) => text.trim() !== '') + 2
}

/** Proxmox writes its own keys, and by preference LXC's too, with a colon. */
function newKey(document: string, key: string): string {
  return mainLinesOf(document).some(({ text }) => /^(?:arch|hostname|ostype|rootfs|unprivileged):/.test(text))
    ? 'lxc.idmap: '
    : `${key} = `
}

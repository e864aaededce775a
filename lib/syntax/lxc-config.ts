import { unquoted } from './command-line.ts'
import type { Entry } from './dialect.ts'
import { linesOf, type Piece, skip, splitPiece } from './scan.ts'
import { nearly } from './typo.ts'

/** A line of an LXC or Proxmox configuration that is about the map. */
export interface MapLine {
  /** The line up to its comment. */
  readonly piece: Piece
  readonly parts: readonly MapPart[]
}

/** One entry, perhaps behind the key; several may stand on a line, with `;` between. */
export interface MapPart {
  /** The key with its `=` or `:` and the blanks around; empty when the entry stands without. */
  readonly key: string
  readonly value: Piece
}

/** What is about the map, in order; a line that is nothing the format has is among it, to be reported. */
export function mapLinesOf(text: string): MapLine[] {
  return mainLinesOf(text)
    .filter(line => !isOtherSetting(line))
    .map(mapLineOf)
    .filter(({ parts }) => parts.length > 0)
}

/** The lines above the first section: the sections of a Proxmox configuration are snapshots and what is pending. */
export function mainLinesOf(text: string): Piece[] {
  const lines = linesOf(text)
  const section = lines.findIndex(line => /^\[[a-z][\w:-]+\][ \t]*$/i.test(line.text))
  return section === -1 ? lines : lines.slice(0, section)
}

/** The lines that name another file, whose settings LXC reads as if they stood here. */
export function includesOf(text: string): Piece[] {
  return mainLinesOf(text).filter(line => /^[ \t]*lxc\.include[ \t]*[=:][ \t]*\S/.test(line.text))
}

/** The line of a Proxmox configuration that makes its container unprivileged. */
export function unprivilegedLineOf(text: string): Piece | undefined {
  return mainLinesOf(text).findLast(line => TRUE.test(/^unprivileged:(.*)$/.exec(line.text)?.[1]?.trim() ?? ''))
}

/** As `parse_boolean` of PVE::JSONSchema has it. */
const TRUE = /^(?:1|on|yes|true)$/i

/** What Proxmox maps for `unprivileged: 1` when the configuration has no map (`parse_id_maps` in PVE::LXC). */
export function unprivilegedEntries({ line, column }: Piece): Entry[] {
  const extent = { from: 0, to: 100_000, count: 65_536 }
  return (['uid', 'gid'] as const).map(half => ({ half, extent, line, column }))
}

/** Whether a line sets something else than the map: a key of LXC, or of Proxmox, which writes a blank after the colon. */
export function isOtherSetting({ text }: Piece): boolean {
  const key = SETTING.exec(text)?.[1]
  return key !== undefined && !isNearlyMapKey(key)
}

/** Proxmox has no keys `uid`, `gid` and `both`: a line that starts so is a map of another dialect. */
const SETTING = /^[ \t]*(lxc\.[\w.-]+(?=[ \t]*[=:])|(?!(?:uid|gid|both):)[a-z][a-z_]+\d*(?=:(?:[ \t]|$)))/

/** Whether a key is the map's or meant to be: LXC refuses one that is misspelt, Proxmox drops it with a warning. */
export function isNearlyMapKey(key: string): boolean {
  const letters = key.toLowerCase().replace(/[^a-z]/g, '')
  return letters.includes('idmap') || nearly(letters, 'lxcidmap')
}

const KEY = /^[ \t]*lxc\.id_?map[ \t]*[=:][ \t]*/

function mapLineOf(line: Piece): MapLine {
  const all = splitPiece(line, ';')
  // A comment goes to the end of its line, and so takes the `;` inside it along.
  const comment = all.find(part => /^[ \t]*#/.test(part.text))
  const piece = comment ? skip(line, 0, comment.column - line.column) : line
  const parts = (comment ? all.slice(0, all.indexOf(comment)) : all)
    .filter(part => part.text.trim() !== '')
    .map(part => {
      const key = KEY.exec(part.text)?.[0] ?? ''
      return { key, value: unquoted(skip(part, key.length)) }
    })
  return { piece, parts }
}

import { unquoted } from './command-line.ts'
import { linesOf, type Piece, skip, splitPiece } from './scan.ts'

/** `raw.idmap` in an instance's or profile's YAML. */
const YAML_KEY = /^[ \t]*raw\.idmap:(?:[ \t]|$)/
/** The key anywhere else: behind `incus config set NAME`, or with `=`. */
const KEY = /^(?:.*[ \t'"])?raw\.idmap(?=[ \t=]|$)/
/** What announces the lines of a value in YAML: `|`, `|-`, `>`. */
const BLOCK = /^[|>][-+0-9]*$/

/** Where a document has the value of `raw.idmap`. */
export interface Section {
  /** The line with the key, counted from 0. */
  readonly key: number
  /** In a block the value is on the lines after the key, else behind it. */
  readonly isBlock: boolean
  /** The lines of the value, or what stands behind the key. */
  readonly value: readonly Piece[]
}

/** The entries of `raw.idmap`: in YAML, in the command that sets it, or a text of nothing else. */
export function entriesIn(text: string): Piece[] {
  const lines = linesOf(text)
  return (sectionIn(lines)?.value ?? commandValue(lines) ?? lines).flatMap(partsOf)
}

/** Where YAML has the key; `undefined` in a text without it. */
export function sectionIn(lines: readonly Piece[]): Section | undefined {
  const key = lines.findIndex(({ text }) => YAML_KEY.test(text))
  const line = lines[key]
  if (!line) return undefined
  const value = unquoted(trimmed(skip(line, line.text.indexOf(':') + 1)))
  if (!BLOCK.test(value.text)) return { key, isBlock: false, value: [value] }
  const rest = lines.slice(key + 1)
  const end = rest.findIndex(({ text }) => text.trim() !== '' && indentOf(text) <= indentOf(line.text))
  return { key, isBlock: true, value: rest.slice(0, end === -1 ? rest.length : end) }
}

/** The entries of a line; `\n` is how a quoted value of YAML or `printf` has a newline. */
export function partsOf(line: Piece): Piece[] {
  return splitPiece(line, ';')
    .flatMap(part => splitPiece(part, '\\n'))
    .map(trimmed)
    .filter(({ text }) => text !== '')
}

/** How far a line is indented. */
export function indentOf(text: string): number {
  return text.length - text.trimStart().length
}

/** The value behind the key, which may be quoted and then go over several lines. */
function commandValue(lines: readonly Piece[]): Piece[] | undefined {
  const at = lines.findIndex(({ text }) => KEY.test(text))
  const line = lines[at]
  if (!line) return undefined
  const rest = trimmed(skip(line, KEY.exec(line.text)?.[0].length ?? 0))
  const value = rest.text.startsWith('=') ? trimmed(skip(rest, 1)) : rest
  const quote = value.text.charAt(0)
  if (quote !== '"' && quote !== "'") return [value]
  const inside = [skip(value, 1), ...lines.slice(at + 1)]
  const last = inside.findIndex(({ text }) => text.includes(quote))
  return inside
    .slice(0, last === -1 ? inside.length : last + 1)
    .map((line, index) => (index === last ? skip(line, 0, line.text.indexOf(quote)) : line))
}

function trimmed(piece: Piece): Piece {
  return skip(piece, indentOf(piece.text), piece.text.trim().length)
}

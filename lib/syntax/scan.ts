import type { Extent } from '../idmap/extent.ts'
import type { Entry } from './dialect.ts'
import { type DialectName, IdMapSyntaxError, type SyntaxFault } from './error.ts'

/** A piece of a text that remembers where it stood. */
export interface Piece {
  readonly text: string
  readonly line: number
  readonly column: number
}

/** The lines of a text; a carriage return before the newline belongs to the line's end. */
export function linesOf(text: string): Piece[] {
  return text.split('\n').map((line, index) => ({
    text: line.endsWith('\r') ? line.slice(0, -1) : line,
    line: index + 1,
    column: 1,
  }))
}

/** The parts between single-character separators, empty ones too. */
export function splitPiece(piece: Piece, separator: string): Piece[] {
  let column = piece.column
  return piece.text.split(separator).map(text => {
    const part = { text, line: piece.line, column }
    column += text.length + separator.length
    return part
  })
}

/** The words between spaces and tabs. */
export function wordsOf(piece: Piece): Piece[] {
  return [...piece.text.matchAll(/[^ \t]+/g)].map(match => skip(piece, match.index, match[0].length))
}

/** The part of a piece from `start` on, to its end or `length` characters long. */
export function skip(piece: Piece, start: number, length = piece.text.length - start): Piece {
  return { text: piece.text.slice(start, start + length), line: piece.line, column: piece.column + start }
}

/** Reads each part by itself, so that one wrong part does not hide what is wrong with the others. */
export function readEach<Part, Found = Entry>(
  parts: readonly Part[],
  read: (part: Part) => readonly Found[],
): { readonly entries: Found[]; readonly faults: SyntaxFault[] } {
  const entries: Found[] = []
  const faults: SyntaxFault[] = []
  for (const part of parts) {
    try {
      for (const entry of read(part)) entries.push(entry)
    } catch (error) {
      if (!(error instanceof IdMapSyntaxError)) throw error
      faults.push(...error.faults)
    }
  }
  return { entries, faults }
}

/** Stops the reading of one part at a piece. */
export function fail(dialect: DialectName, { line, column, text }: Piece, expected: string): never {
  throw new IdMapSyntaxError([{ dialect, line, column, found: text, expected }])
}

/** What the two ids of an extent are called in an error, e.g. `['a container id', 'a host id']`. */
type IdNames = readonly [string, string]

/**
 * The extent `from to count` from its three fields; `whole` is what they were cut from, and where a missing one is
 * reported. A count of 0 is left to the map, which names it with its extent.
 */
export function extentOf(
  dialect: DialectName,
  whole: Piece,
  fields: readonly Piece[],
  [first, second]: IdNames,
): Extent {
  const [from, to, count, extra] = fields
  const end = skip(whole, whole.text.length)
  const extent = {
    from: decimal(dialect, from ?? end, first),
    to: decimal(dialect, to ?? end, second),
    count: decimal(dialect, count ?? end, 'a count'),
  }
  if (extra) fail(dialect, extra, 'the end of the entry')
  return extent
}

/** Ten digits hold every id; longer numbers would not be exact. Whether it is an id is for the map to say, with its extent. */
const DECIMAL = /^(?:0|[1-9][0-9]{0,9})$/

/** The number a piece is; `name` is what it should have been, e.g. `a host id`. */
export function decimal(dialect: DialectName, piece: Piece, name: string): number {
  if (!DECIMAL.test(piece.text)) fail(dialect, piece, `${name} (decimal digits, no sign, no leading zero)`)
  return Number(piece.text)
}

import type { Piece } from './scan.ts'

/** A piece of a document that is to be something else. */
export interface PieceEdit {
  readonly piece: Piece
  readonly text: string
}

/** New lines, and the number of the line they come before. */
export interface AddedLines {
  readonly at: number
  readonly lines: readonly string[]
}

/**
 * The document with these pieces changed, none of which overlap, and the new lines in it. A line of which the changes
 * leave only blanks and `;` goes altogether. Everything else stays byte for byte; new lines end as the others do.
 */
export function editLines(document: string, edits: readonly PieceEdit[], added?: AddedLines): string {
  const lines: (string | undefined)[] = document.split('\n')
  for (const { piece, text } of edits.toSorted((a, b) => b.piece.column - a.piece.column)) {
    const line = lines[piece.line - 1] ?? ''
    const start = piece.column - 1
    const changed = line.slice(0, start) + text + line.slice(start + piece.text.length)
    lines[piece.line - 1] = /^[ \t;\r]*$/.test(changed) ? undefined : changed
  }
  if (added && added.lines.length > 0) insert(lines, added, document.includes('\r\n') ? '\r' : '')
  return lines.filter(line => line !== undefined).join('\n')
}

function insert(lines: (string | undefined)[], { at, lines: added }: AddedLines, ending: string): void {
  const isAfterTheLast = at > lines.length
  lines.splice(at - 1, 0, ...added.map(line => line + ending))
  if (isAfterTheLast) lines.push('')
}

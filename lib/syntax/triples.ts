import { endOf } from './command-line.ts'
import { type Piece, skip, splitPiece, wordsOf } from './scan.ts'

/** The fields of one extent, between colons, and all of them together. */
export interface Triple {
  readonly whole: Piece
  readonly fields: readonly Piece[]
}

/**
 * The extents of a value as podman and buildah have them: separated by `,` (also by `;` or blanks here), three fields each,
 * and several may follow each other behind a `:` (`0:0:1:1:100000:65535`).
 */
export function triplesIn(value: Piece): Triple[] {
  const parts = splitPiece(value, ',')
    .flatMap(part => splitPiece(part, ';'))
    .flatMap(wordsOf)
  // An option without a value is a mistake, and not an empty map.
  return (parts.length > 0 ? parts : [value]).flatMap(triplesOf)
}

function triplesOf(whole: Piece): Triple[] {
  const fields = splitPiece(whole, ':')
  if (fields.length <= 3) return [{ whole, fields }]
  const triples: Triple[] = []
  for (let at = 0; at < fields.length; at += 3) {
    const three = fields.slice(at, at + 3)
    const first = three[0] ?? whole
    const last = three.at(-1) ?? first
    // Among others an extent has to be complete: a count that is not there is not 1 then.
    while (three.length < 3) three.push(endOf(whole))
    const part = skip(whole, first.column - whole.column, last.column + last.text.length - first.column)
    triples.push({ whole: part, fields: three })
  }
  return triples
}

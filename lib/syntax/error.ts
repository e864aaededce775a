import { type Blame, IdmaplabError } from '../error.ts'

/** The way of writing maps that a text was read as. */
export type Dialect = 'kernel' | 'lxc' | 'proxmox'

/** Where a text stops being one of its dialect, and what should have been there. */
export interface SyntaxFault {
  readonly dialect: Dialect
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number
  /** The text at that place, as it was written; empty at the end of an entry. */
  readonly found: string
  readonly expected: string
}

/** A text that is not of its dialect: the place, what is there, and what should be. */
export class IdMapSyntaxError extends IdmaplabError implements SyntaxFault {
  readonly code = 'IDMAP_SYNTAX'
  readonly blame: Blame = 'user'
  readonly dialect: Dialect
  readonly line: number
  readonly column: number
  /** At most 40 characters of what was there, with control and invisible characters as `\u{…}`. */
  readonly found: string
  readonly expected: string

  constructor(fault: SyntaxFault) {
    const found = printable(fault.found)
    const seen = found === '' ? 'nothing more' : `'${found}'`
    super(`${fault.dialect} map, line ${fault.line}, column ${fault.column}: expected ${fault.expected}, found ${seen}`)
    this.dialect = fault.dialect
    this.line = fault.line
    this.column = fault.column
    this.found = found
    this.expected = fault.expected
  }
}

const FOUND_SHOWN = 40

/** Safe to print: a map can come from a stranger's file, and a terminal obeys control characters. */
function printable(text: string): string {
  const shown = text
    .slice(0, FOUND_SHOWN)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
  return text.length > FOUND_SHOWN ? `${shown}…` : shown
}

import { type Blame, IdmaplabError } from '../error.ts'

/** The ways of writing maps this library knows; `registry.ts` has what each is. */
export type DialectName =
  | 'kernel'
  | 'lxc'
  | 'lxc-legacy'
  | 'lxc-usernsexec'
  | 'proxmox'
  | 'incus'
  | 'incus-json'
  | 'oci'
  | 'crun'
  | 'podman'
  | 'buildah'
  | 'cri'
  | 'util-linux'
  | 'unshare'
  | 'mount-idmapped'
  | 'newuidmap'
  | 'subid'
  | 'nspawn'
  | 'docker'

/** Where a text stops being one of its dialect, and what should have been there. */
export interface SyntaxFault {
  readonly dialect: DialectName
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number
  /** The text at that place, as it was written; empty at the end of an entry. */
  readonly found: string
  readonly expected: string
}

/** A text that is not of its dialect: every place, what is there, and what should be. The first place is also the error's own. */
export class IdMapSyntaxError extends IdmaplabError implements SyntaxFault {
  readonly code = 'IDMAP_SYNTAX'
  readonly blame: Blame = 'user'
  readonly dialect: DialectName
  readonly line: number
  readonly column: number
  /** At most 40 characters of what was there, with control and invisible characters as `\u{…}`. */
  readonly found: string
  readonly expected: string
  readonly faults: readonly [SyntaxFault, ...SyntaxFault[]]

  constructor(faults: readonly [SyntaxFault, ...SyntaxFault[]]) {
    super(summary(faults))
    const [first] = faults
    this.dialect = first.dialect
    this.line = first.line
    this.column = first.column
    this.found = printable(first.found)
    this.expected = first.expected
    this.faults = faults
  }
}

/** Throws one `IdMapSyntaxError` with all the faults, if there are any. */
export function raise(faults: readonly SyntaxFault[]): void {
  const [first, ...others] = faults
  if (first) throw new IdMapSyntaxError([first, ...others])
}

/** A dialect's name that nobody knows, or a role that a dialect does not play. */
export class IdMapDialectError extends IdmaplabError {
  readonly code = 'IDMAP_DIALECT'
  readonly blame: Blame = 'user'
}

/** A map that a dialect has no words for. */
export class IdMapInexpressibleError extends IdmaplabError {
  readonly code = 'IDMAP_INEXPRESSIBLE'
  readonly blame: Blame = 'user'
  readonly dialect: DialectName
  /** What stands in the way, and what to do instead. */
  readonly reason: string

  constructor(dialect: DialectName, reason: string) {
    super(`${dialect} can't say this map: ${reason}`)
    this.dialect = dialect
    this.reason = reason
  }
}

/** A fault as a sentence, safe to print. */
export function faultSentence(fault: SyntaxFault): string {
  const found = printable(fault.found)
  const seen = found === '' ? 'nothing more' : `'${found}'`
  return `${fault.dialect} map, line ${fault.line}, column ${fault.column}: expected ${fault.expected}, found ${seen}`
}

/** A message stays readable even when a hundred thousand lines of input are wrong; `faults` has them all. */
const SENTENCES_SHOWN = 10

function summary(faults: readonly SyntaxFault[]): string {
  const shown = faults.slice(0, SENTENCES_SHOWN).map(faultSentence)
  const hidden = faults.length - shown.length
  return [...shown, ...(hidden > 0 ? [`… ${hidden} more`] : [])].join('\n')
}

const FOUND_SHOWN = 40

/** Safe to print: a text can come from a stranger's file, and a terminal obeys control characters. */
export function printable(text: string): string {
  const shown = text
    .slice(0, FOUND_SHOWN)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
  return text.length > FOUND_SHOWN ? `${shown}…` : shown
}

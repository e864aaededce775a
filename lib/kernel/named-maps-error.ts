import { type Blame, IdmaplabError } from '../error.ts'

/** The registry of maps cannot do what was asked. Stable. */
export type NamedMapCode = 'NAMED_MAP_BAD_NAME' | 'NAMED_MAP_EXISTS' | 'NAMED_MAP_UNKNOWN' | 'NAMED_MAP_FORGED'

/** Something is wrong with the name asked for, or with what is kept under it. */
export class NamedMapError extends IdmaplabError {
  readonly code: NamedMapCode
  readonly blame: Blame = 'user'
  constructor(code: NamedMapCode, message: string) {
    super(message)
    this.code = code
  }
}

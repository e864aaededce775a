import { type Blame, IdmaplabError } from '../error.ts'

/** What a program gave this library can be no argument of it, whatever the compiler was told; no call was made. */
export class ArgumentError extends IdmaplabError {
  readonly code = 'BAD_ARGUMENT'
  readonly blame: Blame = 'user'
}

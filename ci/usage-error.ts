import { type Blame, IdmaplabError } from '../lib/error.ts'

/** The command line asks for something that does not exist; exit code 64. */
export class UsageError extends IdmaplabError {
  readonly code = 'USAGE'
  readonly blame: Blame = 'user'
}

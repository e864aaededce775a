import { type Blame, IdmaplabError } from '../../lib/error.ts'

/** A baseline that can't be used as it is; the message begins with `FILE:LINE:COLUMN`. */
export class BaselineError extends IdmaplabError {
  readonly code = 'BASELINE'
  readonly blame: Blame = 'user'
}

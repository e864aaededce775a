import { type Blame, IdmaplabError } from '../../lib/error.ts'

/** Reports that are not what they should be, or do not belong together: nothing is merged. */
export class MergeError extends IdmaplabError {
  readonly code = 'MERGE'
  readonly blame: Blame = 'user'
}

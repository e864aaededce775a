import { type Blame, IdmaplabError } from '../error.ts'
import type { IdRange } from '../idmap/extent.ts'
import type { Holder } from './used-range.ts'

/**
 * What went wrong with ranges. Stable.
 *
 * - `REGISTRY_CORRUPT`, `REGISTRY_NEWER`: the registry is not what this version writes; it is left as it is
 * - `REGISTRY_UNUSABLE`, `SUBIDS_UNUSABLE`: a file can't be read or written
 * - `SUBIDS_LOCKED`: shadow's tools work on them, longer than was waited
 * - `HOST_UNREADABLE`: what is in use can't be told, so nothing may be given
 * - `LEASE_TAKEN`, `LEASE_UNKNOWN`, `REQUEST_INVALID`: the caller asked for something that can't be
 */
export type RangesCode =
  | 'REGISTRY_CORRUPT'
  | 'REGISTRY_NEWER'
  | 'REGISTRY_UNUSABLE'
  | 'SUBIDS_UNUSABLE'
  | 'SUBIDS_LOCKED'
  | 'HOST_UNREADABLE'
  | 'LEASE_TAKEN'
  | 'LEASE_UNKNOWN'
  | 'REQUEST_INVALID'

const USERS_OWN: readonly RangesCode[] = ['LEASE_TAKEN', 'LEASE_UNKNOWN', 'REQUEST_INVALID']

/** Ranges could not be read, given or taken back; nothing was changed unless the sentence says so. */
export class RangesError extends IdmaplabError {
  readonly code: RangesCode
  readonly blame: Blame

  constructor(code: RangesCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.blame = USERS_OWN.includes(code) ? 'user' : 'harness'
  }
}

/** The largest run of free ids there was, and who has the ids on either side of it; no holder where the windows end. */
export interface Gap extends IdRange {
  readonly below: readonly Holder[]
  readonly above: readonly Holder[]
}

/** No free ids for a piece of a request. */
export class NothingFitsError extends IdmaplabError {
  readonly code = 'NOTHING_FITS'
  readonly blame: Blame = 'user'
  /** How many ids were asked for in one run. */
  readonly count: number
  readonly windows: readonly IdRange[]
  /** `undefined` when no id at all is free. */
  readonly largest: Gap | undefined

  constructor(message: string, facts: Pick<NothingFitsError, 'count' | 'windows' | 'largest'>) {
    super(message)
    this.count = facts.count
    this.windows = facts.windows
    this.largest = facts.largest
  }
}

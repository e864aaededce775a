import { type Blame, IdmaplabError } from '../error.ts'
import type { Extent, IdRange } from './extent.ts'
import type { KernelVersion } from './kernel-version.ts'
import { sentence } from './sentence.ts'
import type { Space } from './space.ts'

/** Users and groups are two maps; a problem belongs to one of them. */
export type Half = 'uid' | 'gid'

/** The side of an extent a problem is on: `from` is the left column, `to` the right one. */
export type Side = 'from' | 'to'

/** What a map's numbers are, for sentences that name the space; the types of the map follow from it. */
export interface MapContext<From extends Space = Space, To extends Space = Space> {
  readonly from?: From
  readonly to?: To
  readonly half?: Half
}

/** Why a mount map has an extent: the ids got an exception of their own, or inherit the container's host ids. */
export interface Asker {
  readonly by: 'exception' | 'inheritance'
  readonly container: IdRange
}

/** The facts of a problem, without the sentence. */
export type ProblemFacts =
  | { readonly code: 'IDMAP_EMPTY_EXTENT'; readonly extent: Extent; readonly context: MapContext }
  | { readonly code: 'IDMAP_NOT_A_COUNT'; readonly extent: Extent; readonly context: MapContext }
  | { readonly code: 'IDMAP_NOT_AN_ID'; readonly extent: Extent; readonly side: Side; readonly context: MapContext }
  | { readonly code: 'IDMAP_PAST_LAST_ID'; readonly extent: Extent; readonly side: Side; readonly context: MapContext }
  | OverlapFacts
  | ConflictFacts
  | ShiftFacts
  | OutsideParentFacts
  | { readonly code: 'IDMAP_MISSING_HALF'; readonly half: Half }
  | TooManyExtentsFacts
  | TooLongFacts
  | { readonly code: 'IDMAP_NO_IDMAPPED_MOUNTS'; readonly kernel: KernelVersion }
  | NamespaceFacts
  | UnsayableFacts

/** Two extents that want the same ids on one side; `ids` are the ids both want. */
export interface OverlapFacts {
  readonly code: 'IDMAP_OVERLAP'
  readonly side: Side
  readonly extents: readonly [Extent, Extent]
  readonly ids: IdRange
  readonly context: MapContext
  /** Given for a resolved mount map: who wanted `ids` for which container ids, in the order of `extents`. */
  readonly askedBy?: readonly [Asker, Asker]
}

/** Two maps that can't be one: they say different things about `ids`. */
export interface ConflictFacts {
  readonly code: 'IDMAP_CONFLICT'
  readonly side: Side
  /** One of each map, in the order of the maps. */
  readonly extents: readonly [Extent, Extent]
  readonly ids: IdRange
  /** What each map is, in the caller's words: `['lxc.idmap', 'mp0']`. */
  readonly origins?: readonly [string, string]
  readonly context: MapContext
}

/** An extent that would leave the ids when shifted. */
export interface ShiftFacts {
  readonly code: 'IDMAP_SHIFTED_OUT'
  readonly extent: Extent
  readonly side: Side
  readonly offset: number
  readonly context: MapContext
}

/** An extent whose `to` side is not within one extent of the parent namespace's map. */
export interface OutsideParentFacts {
  readonly code: 'IDMAP_OUTSIDE_PARENT'
  readonly extent: Extent
  /** The parent's extents, as written there, that have some of the ids. */
  readonly parents: readonly Extent[]
  /** Those of the extent's `to` ids that the parent does not map; when there are none, the extent spans several parents. */
  readonly missing: readonly IdRange[]
  readonly context: MapContext
}

/** More extents than the kernel takes. */
export interface TooManyExtentsFacts {
  readonly code: 'IDMAP_TOO_MANY_EXTENTS'
  readonly half: Half
  readonly count: number
  readonly limit: number
  /** Those past the limit. */
  readonly extents: readonly Extent[]
}

/** A map that is too much text for one write. */
export interface TooLongFacts {
  readonly code: 'IDMAP_TOO_LONG'
  readonly half: Half
  readonly bytes: number
  readonly limit: number
  /** Those whose lines are not wholly before the limit. */
  readonly extents: readonly Extent[]
}

/** A user namespace that the kernel refuses for a mount, whatever its map. */
export interface NamespaceFacts {
  readonly code: 'IDMAP_INITIAL_NAMESPACE' | 'IDMAP_SUPERBLOCK_NAMESPACE'
  readonly namespace: string
  readonly errno: 'EPERM' | 'EINVAL'
}

/** Something about a mount map that no exceptions can say. */
export interface UnsayableFacts {
  readonly code: 'IDMAP_CONTAINER_ID_NOT_IN_MOUNT' | 'IDMAP_HOST_ID_NOT_IN_CONTAINER'
  /** Of the container's map (container→host), or of the mount's (disk→host): the part that can't be said. */
  readonly extent: Extent
  readonly half: Half
}

/** One thing wrong with a map: a stable `code`, the numbers, and a sentence a person can act on. */
export type IdMapProblem = ProblemFacts & { readonly message: string }

/** Adds the sentence to the facts. */
export function problem(facts: ProblemFacts): IdMapProblem {
  return { ...facts, message: sentence(facts) }
}

/** A map, or a pair of maps, that can't be: carries every problem found, not only the first. */
export class IdMapError extends IdmaplabError {
  readonly code: IdMapProblem['code']
  readonly blame: Blame = 'user'
  readonly problems: readonly [IdMapProblem, ...IdMapProblem[]]

  constructor(problems: readonly [IdMapProblem, ...IdMapProblem[]]) {
    super(summary(problems))
    this.code = problems[0].code
    this.problems = problems
  }
}

/** Throws one `IdMapError` with all the problems, if there are any. */
export function refuse(problems: readonly IdMapProblem[]): void {
  const [first, ...others] = problems
  if (first) throw new IdMapError([first, ...others])
}

/** A message stays readable even when a hundred thousand lines of input are wrong; `problems` has them all. */
const SENTENCES_SHOWN = 10

function summary(problems: readonly IdMapProblem[]): string {
  const shown = problems.slice(0, SENTENCES_SHOWN).map(({ message }) => message)
  const hidden = problems.length - shown.length
  return [...shown, ...(hidden > 0 ? [`… ${hidden} more`] : [])].join('\n')
}

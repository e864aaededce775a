import { type Blame, IdmaplabError } from '../error.ts'
import { type Extent, formatExtent, formatRange, type IdRange, MAX_ID } from './extent.ts'

/** Users and groups are two maps; a problem belongs to one of them. */
export type Half = 'uid' | 'gid'

/** The side of an extent a problem is on: `from` is the left column, `to` the right one. */
export type Side = 'from' | 'to'

/** What a map's numbers are, for sentences that name the space; the types of the map follow from it. */
export interface MapContext<From extends string = string, To extends string = string> {
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
  | { readonly code: 'IDMAP_MISSING_HALF'; readonly half: Half }
  | { readonly code: 'IDMAP_TOO_MANY_EXTENTS'; readonly half: Half; readonly count: number; readonly limit: number }
  | { readonly code: 'IDMAP_TOO_LONG'; readonly half: Half; readonly bytes: number; readonly limit: number }

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

function sentence(facts: ProblemFacts): string {
  switch (facts.code) {
    case 'IDMAP_EMPTY_EXTENT':
      return `${place(facts)} maps no ids: its count is 0; give a count of 1 or more, or remove it`
    case 'IDMAP_NOT_A_COUNT':
      return `${place(facts)} has the count ${facts.extent.count}; a count is a whole number, 1 or more`
    case 'IDMAP_NOT_AN_ID':
      return `${place(facts)} starts at ${space(facts)} id ${facts.extent[facts.side]}; ids go from 0 to ${MAX_ID}`
    case 'IDMAP_PAST_LAST_ID': {
      const start = facts.extent[facts.side]
      return `${place(facts)} reaches ${space(facts)} id ${start + facts.extent.count - 1}, but the last id is ${MAX_ID}; the count can be at most ${MAX_ID - start + 1}`
    }
    case 'IDMAP_OVERLAP':
      return facts.askedBy ? collision(facts, facts.askedBy) : overlap(facts)
    case 'IDMAP_MISSING_HALF':
      return `${facts.half}: nothing is mapped; the kernel refuses (EINVAL) a mount map without both a uid and a gid half`
    case 'IDMAP_TOO_MANY_EXTENTS':
      return `${facts.half}: ${facts.count} extents, but the kernel takes at most ${facts.limit}; use fewer, longer ranges`
    case 'IDMAP_TOO_LONG':
      return `${facts.half}: the map is ${facts.bytes} bytes of text, but the kernel takes one write of less than ${facts.limit} bytes; use fewer, longer ranges`
  }
}

function place({ extent, context }: { extent: Extent; context: MapContext }): string {
  return `${half(context)}extent (${extent.from} ${extent.to} ${extent.count})`
}

function space({ side, context }: { side: Side; context: MapContext }): string {
  return context[side] ?? `"${side}"`
}

function half(context: MapContext): string {
  return context.half ? `${context.half}: ` : ''
}

function idsOf(range: IdRange): string {
  return `id${range.count === 1 ? '' : 's'} ${formatRange(range)}`
}

function named(extent: Extent, { from, to }: MapContext): string {
  return from && to ? `${from} ${formatRange(extent)}→${to} ${extent.to}` : formatExtent(extent)
}

function used(range: IdRange, verb: string): string {
  return `${idsOf(range)} ${range.count === 1 ? 'is' : 'are'} ${verb}`
}

function overlap(facts: OverlapFacts): string {
  const [first, second] = facts.extents.map(extent => named(extent, facts.context))
  return `${half(facts.context)}${space(facts)} ${used(facts.ids, 'used')} twice, by ${first} and by ${second}; an id can be in one extent only`
}

function collision(facts: OverlapFacts, askers: readonly [Asker, Asker]): string {
  const [first, second] = facts.extents.map(extent => named(extent, facts.context))
  const [one, other] = askers.map(({ by, container }) =>
    by === 'exception'
      ? `the exception for container ${idsOf(container)}`
      : `container ${idsOf(container)}, inheriting the host ids`,
  )
  return `${half(facts.context)}${space(facts)} ${used(facts.ids, 'wanted')} twice: by ${one} (${first}) and by ${other} (${second}); choose other ${space(facts)} ids for the exception, or give the inheriting ids an exception too`
}

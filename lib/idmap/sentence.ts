import { type Extent, formatExtent, formatRange, type IdRange, MAX_ID } from './extent.ts'
import { formatKernelVersion } from './kernel-version.ts'
import type {
  Asker,
  ConflictFacts,
  MapContext,
  NamespaceFacts,
  OutsideParentFacts,
  OverlapFacts,
  ProblemFacts,
  ShiftFacts,
  Side,
  TooManyExtentsFacts,
  UnsayableFacts,
} from './problem.ts'

/** What is wrong and what to do about it, in one sentence with the numbers. */
export function sentence(facts: ProblemFacts): string {
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
    case 'IDMAP_CONFLICT':
      return conflict(facts)
    case 'IDMAP_SHIFTED_OUT':
      return shiftedOut(facts)
    case 'IDMAP_OUTSIDE_PARENT':
      return outsideParent(facts)
    case 'IDMAP_MISSING_HALF':
      return `${facts.half}: nothing is mapped; the kernel refuses (EINVAL since 6.9) a mount map without both a uid and a gid half, and before that it shows every id as 65534`
    case 'IDMAP_TOO_MANY_EXTENTS':
      return tooManyExtents(facts)
    case 'IDMAP_TOO_LONG':
      return `${facts.half}: the map is ${facts.bytes} bytes of text, but the kernel takes one write of less than ${facts.limit} bytes; use fewer, longer ranges`
    case 'IDMAP_NO_IDMAPPED_MOUNTS':
      return `Linux ${formatKernelVersion(facts.kernel)} has no idmapped mounts (ENOSYS): mount_setattr came with 5.12`
    case 'IDMAP_INITIAL_NAMESPACE':
    case 'IDMAP_SUPERBLOCK_NAMESPACE':
      return refusedNamespace(facts)
    case 'IDMAP_CONTAINER_ID_NOT_IN_MOUNT':
    case 'IDMAP_HOST_ID_NOT_IN_CONTAINER':
      return unsayable(facts)
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

function conflict(facts: ConflictFacts): string {
  const [first, second] = facts.extents.map((extent, index) => {
    const origin = facts.origins?.[index]
    return `${named(extent, facts.context)}${origin === undefined ? '' : ` of ${origin}`}`
  })
  return `${half(facts.context)}${space(facts)} ${used(facts.ids, 'mapped')} in two ways, by ${first} and by ${second}; take the ids out of one of the two maps`
}

function shiftedOut(facts: ShiftFacts): string {
  const start = facts.extent[facts.side] + facts.offset
  const reached = formatRange({ from: start, count: facts.extent.count })
  return `${place(facts)} can't be shifted by ${facts.offset} on its ${space(facts)} side: it would be at ${reached}, but ids are whole numbers from 0 to ${MAX_ID}`
}

function outsideParent({ extent, parents, missing, context }: OutsideParentFacts): string {
  const rule = 'the kernel wants each extent within one extent of the parent namespace (EPERM)'
  if (missing.length > 0)
    return `${place({ extent, context })} has ids that the parent namespace does not map: ${listed(missing.map(formatRange))}; ${rule}: leave them out, or add them to the parent`
  return `${place({ extent, context })} spans ${parents.length} extents of the parent namespace: ${listed(parents.map(formatExtent))}; ${rule}: split it where they meet`
}

/** A sentence stays one: the facts have them all. */
function listed(items: readonly string[]): string {
  const hidden = items.length - 5
  return hidden > 0 ? `${items.slice(0, 5).join(', ')} and ${hidden} more` : items.join(', ')
}

function tooManyExtents({ half, count, limit }: TooManyExtentsFacts): string {
  const kernel = limit < 340 ? 'a kernel before 4.15' : 'the kernel'
  return `${half}: ${count} extents, but ${kernel} takes at most ${limit}; use fewer, longer ranges`
}

function refusedNamespace({ code, namespace, errno }: NamespaceFacts): string {
  const why =
    code === 'IDMAP_INITIAL_NAMESPACE'
      ? 'it is the initial user namespace'
      : `the superblock belongs to that same user namespace (${JSON.stringify(namespace)})`
  return `the kernel refuses the mount's user namespace (${errno}): ${why}; leave the idmap out, or write the map into a user namespace of its own`
}

function unsayable({ code, extent, half }: UnsayableFacts): string {
  if (code === 'IDMAP_CONTAINER_ID_NOT_IN_MOUNT')
    return `${half}: container ${idsOf(extent)} (host ${formatRange({ from: extent.to, count: extent.count })}) can't be without an id on disk, but the mount maps none to them; without an exception they inherit their host ids`
  return `${half}: disk ${idsOf(extent)} can't become host ${formatRange({ from: extent.to, count: extent.count })}: the container does not have these host ids, and an exception is for ids of the container`
}

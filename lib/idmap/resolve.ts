import { type Extent, formatExtent, type Id, imageOf, MAX_ID } from './extent.ts'
import { IdMap } from './map.ts'
import { composePair, type IdMapPair, invertPair, pairOf } from './pair.ts'
import { type Asker, type Half, type IdMapProblem, problem, refuse } from './problem.ts'
import { intersect, overlaps } from './sweep.ts'
import { overlapFacts } from './validate.ts'

/**
 * Proxmox's `idmap=passthrough`, given to `resolveMountMap` as the exceptions: every id the container has is the same on
 * disk. It names ids the container does not have as well, and there is no warning about those.
 */
export const PASSTHROUGH: IdMapPair<'container', 'disk'> = pairOf({
  uid: [{ from: 0, to: 0, count: MAX_ID + 1 }],
  gid: [{ from: 0, to: 0, count: MAX_ID + 1 }],
})

/** A part of an exception that has no effect, because the container does not have those ids. */
export interface ResolveWarning {
  readonly code: 'IDMAP_EXCEPTION_OUTSIDE_CONTAINER' | 'IDMAP_MOUNT_OUTSIDE_CONTAINER'
  readonly half: Half
  /** Container ids → disk ids that were asked for and are not in the map; or disk ids → host ids that the container does not have. */
  readonly lost: Extent
  readonly message: string
}

/** A mount's map, and what was asked for in vain. */
export interface ResolvedMount {
  readonly map: IdMapPair<'disk', 'host'>
  readonly warnings: readonly ResolveWarning[]
}

/**
 * The map of a mount whose container sees its ids as `container` says, except for some ids that have disk ids of
 * their own: the rule of Proxmox's `mpN: …,idmap=` (pve-container 6.1.6). A container id without an exception
 * inherits: its id on disk is its id on the host. An exception counts only for ids the container has; the rest of
 * it becomes a warning. Two inputs that are each valid can still want one disk id twice: `IdMapError` with
 * IDMAP_OVERLAP, which says who wanted it (the kernel would say only EINVAL).
 */
export function resolveMountMap(input: {
  readonly container: IdMapPair<'container', 'host'>
  readonly exceptions: IdMapPair<'container', 'disk'>
}): ResolvedMount {
  const uid = wishes(input.container.uid, input.exceptions.uid)
  const gid = wishes(input.container.gid, input.exceptions.gid)
  refuse([...collisions(uid, 'uid'), ...collisions(gid, 'gid')])
  return {
    map: { uid: IdMap.of(uid), gid: IdMap.of(gid) },
    warnings: [
      ...lostParts(input.container.uid, input.exceptions.uid, 'uid'),
      ...lostParts(input.container.gid, input.exceptions.gid, 'gid'),
    ],
  }
}

/**
 * The map of a mount when every id on the disk is given: back from the disk into the container, then to the host. An id
 * that one of the two maps leaves out is not mapped; `resolveMountMap` is the rule by which it would inherit.
 */
export function mountMap(input: {
  readonly container: IdMapPair<'container', 'host'>
  readonly disk: IdMapPair<'container', 'disk'>
}): IdMapPair<'disk', 'host'> {
  return composePair(invertPair(input.disk), input.container)
}

/** A disk→host extent before it is known to be possible, with the container id its first id belongs to. */
interface Wish extends Extent {
  readonly container: Id
  readonly by: Asker['by']
}

function wishes(container: IdMap<'container', 'host'>, exceptions: IdMap<'container', 'disk'>): Wish[] {
  const excepted = intersect(exceptions.extents, container.extents).map(
    ({ from: id, count, left, right }): Wish => ({
      from: imageOf(left, id),
      to: imageOf(right, id),
      count,
      container: id,
      by: 'exception',
    }),
  )
  const inherited = container
    .without(exceptions)
    .extents.map(({ from: id, to, count }): Wish => ({ from: to, to, count, container: id, by: 'inheritance' }))
  return [...excepted, ...inherited]
}

function collisions(wanted: readonly Wish[], half: Half): IdMapProblem[] {
  return overlaps(wanted, 'from').map(([first, second]) => {
    const facts = overlapFacts([first, second], 'from', { from: 'disk', to: 'host', half })
    const asker = ({ by, container, from }: Wish): Asker => ({
      by,
      container: { from: container + (facts.ids.from - from), count: facts.ids.count },
    })
    return problem({ ...facts, askedBy: [asker(first), asker(second)] })
  })
}

function lostParts(
  container: IdMap<'container', 'host'>,
  exceptions: IdMap<'container', 'disk'>,
  half: Half,
): ResolveWarning[] {
  if (exceptions.equals(PASSTHROUGH[half])) return []
  return exceptions.without(container).extents.map(lost => ({
    code: 'IDMAP_EXCEPTION_OUTSIDE_CONTAINER',
    half,
    lost,
    message: `${half}: the exception container ${formatExtent(lost)} on disk has no effect: the container does not have ${lost.count === 1 ? 'this id' : 'these ids'}`,
  }))
}

/** What of a mount's own map shows as 65534 in the container, because its host ids are none of the container's. */
export function outsideContainer(input: {
  readonly container: IdMapPair<'container', 'host'>
  readonly mount: IdMapPair<'disk', 'host'>
}): ResolveWarning[] {
  return (['uid', 'gid'] as const).flatMap(half =>
    input.mount[half]
      .invert()
      .without(input.container[half].invert())
      .invert()
      .extents.map(lost => ({
        code: 'IDMAP_MOUNT_OUTSIDE_CONTAINER' as const,
        half,
        lost,
        message: `${half}: disk ${formatExtent(lost)} on the host is 65534 in the container, which does not have ${lost.count === 1 ? 'this host id' : 'these host ids'}`,
      })),
  )
}

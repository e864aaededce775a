import type { Id } from '../../idmap/extent.ts'
import { endOfTrail, follow, idIn, type Trail } from './follow.ts'
import type { IdHolder, Sighting } from './ids.ts'
import { hopsFromDisk, hopsFromHost, type Way } from './way.ts'
import { remedyInWords, trailInWords } from './words.ts'

/** What an id shows as where there is none for it: `/proc/sys/kernel/overflowuid` and `overflowgid`. */
export type Overflow = { readonly uid: Id; readonly gid: Id }

/** What one id of a file is on the disk, to the host, and to the process. */
export type InspectedId = IdHolder & {
  /** In the ids of the superblock's own namespace. `undefined`: it could not be seen. */
  readonly disk: Id | undefined
  /** `nobody`: the mount has no id for it. */
  readonly host: Id | 'nobody'
  /** To the process. `nobody`: it has no id for it, so owner and group show as the overflow id. */
  readonly seen: Id | 'nobody'
  /** The whole way, or how far it goes and why no further. */
  readonly words: string
  /** What would make it somebody; of those that are nobody. */
  readonly remedy: string | undefined
}

/** The same id as three observers saw it. `undefined`: nobody could stand there. */
export type Views = {
  /** Past the mount's map. */
  readonly raw: Sighting | undefined
  readonly host: Sighting
  readonly process: Sighting | undefined
}

/** Puts together what was seen of one id with the maps on its way. */
export function judge(views: Views, way: Way, overflow: Overflow): InspectedId {
  const { what, half, grants } = views.host
  const disk = diskId(views, way)
  const trail = trailOf(views, way, disk, overflow[half])
  const seen = trail === undefined ? undefined : endOfTrail(trail)
  return {
    what,
    half,
    grants,
    disk,
    host: (trail && idIn(trail, 'host')) ?? 'nobody',
    seen: seen ?? 'nobody',
    words: `${inWords(trail, nobodyInWords(views.host, overflow[half]))}${contradiction(views.process, seen, overflow[half])}`,
    remedy: seen === undefined && disk !== undefined ? remedyInWords(half, disk, way) : undefined,
  }
}

/** The id in the inode: seen past the mount's map, or led back through it. */
function diskId({ raw, host }: Views, { mount, superblock }: Way): Id | undefined {
  const { half } = host
  if (raw !== undefined) {
    if (raw.id === 'nobody') return undefined
    return superblock.state === 'namespace' ? superblock.namespace.map[half].invert().lookup(raw.id) : raw.id
  }
  if (mount.state !== 'known' || host.id === 'nobody') return undefined
  return mount.map[half].invert().lookup(host.id)
}

function trailOf({ host }: Views, way: Way, disk: Id | undefined, overflow: Id): Trail | undefined {
  const { half } = host
  // A real owner with the overflow id and one without an id look the same here; the second is far more likely.
  const hostId = host.id === 'nobody' || host.id === overflow ? undefined : host.id
  if (disk !== undefined)
    return follow(half, { space: 'disk', id: disk }, hopsFromDisk(way, half, { disk, host: hostId }))
  if (hostId === undefined) return undefined
  return follow(half, { space: 'host', id: hostId }, hopsFromHost(way.chain, half))
}

function inWords(trail: Trail | undefined, nobody: string): string {
  if (trail === undefined) return 'the mount has no id for it; what it is on the disk could not be seen'
  const unseen = trail.trace.start.space === 'disk' ? '' : 'on the disk it could not be seen; '
  return `${unseen}${trailInWords(trail, nobody)}`
}

// Three ways in which the kernel shows that it has no id to show.
function nobodyInWords({ what, half }: IdHolder, overflow: Id): string {
  if (what === 'file capability') return 'not shown at all (EOVERFLOW)'
  if (isOwner({ what })) return `shown as ${overflow} (overflow ${half})`
  return 'shown as 4294967295 (no id, as ACLs have it)'
}

// The kernel is right, so a prediction that differs from what it showed is said aloud: a map was changed meanwhile, or
// the superblock belongs to a namespace that could not be told.
function contradiction(process: Sighting | undefined, predicted: Id | undefined, overflow: Id): string {
  // Of a capability the kernel shows the root of an outer namespace as 0, which is no id of the process.
  if (process === undefined || process.what === 'file capability') return ''
  const expected = predicted ?? (isOwner(process) ? overflow : 'nobody')
  return process.id === expected ? '' : `; yet the kernel shows the process ${process.id}: something else is on its way`
}

function isOwner({ what }: { what: IdHolder['what'] }): boolean {
  return what === 'owner' || what === 'group'
}

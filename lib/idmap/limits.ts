import type { Extent, IdRange } from './extent.ts'
import { compareKernelVersions, type KernelVersion } from './kernel-version.ts'
import type { IdMapPair } from './pair.ts'
import { type Half, type IdMapProblem, type MapContext, problem } from './problem.ts'
import type { Space } from './space.ts'
import { common, complement, intersect, meeting } from './sweep.ts'
import { findProblems, isSound } from './validate.ts'

/** Extents the kernel takes in one map since 4.15 (UID_GID_MAP_MAX_EXTENTS). Tried on 6.18: 341 is EINVAL. */
export const KERNEL_MAX_EXTENTS = 340

/** Extents the kernel took in one map before 4.15 (commit 6397fac4915a, "userns: bump idmap limits to 340"). */
export const KERNEL_MAX_EXTENTS_BEFORE_4_15 = 5

/**
 * A map is written in one piece that must be shorter than a page (4096 bytes on x86). With ten-digit ids this comes
 * long before 340 extents: tried on 6.18, 4080 bytes pass and 4104 are EINVAL.
 */
export const KERNEL_MAX_WRITE = 4096

/** Extents one by one as somebody has written them, where neighbours are not joined and nothing has been checked. */
export type AsWritten = Readonly<Record<Half, readonly Extent[]>>

/** What a map is for, and on what it is to be used. */
export interface KernelLimits<To extends Space = Space, Beyond extends Space = Space> {
  /** `namespace`: the map of a container's user namespace. `mount`: that of the namespace given to an idmapped mount. */
  readonly role: 'namespace' | 'mount'
  /** A kernel of today when left out. */
  readonly kernel?: KernelVersion
  /**
   * The map of the user namespace from which this one is made, when that is not the initial one. Best as written:
   * an `IdMap` has its neighbours joined, so it can look wider than what the kernel has.
   */
  readonly parent?: IdMapPair<To, Beyond> | AsWritten
}

/**
 * Everything for which the kernel would refuse the map, with the extents concerned: what `findProblems` finds in extents
 * as written, too many extents, too long a text, an extent that is not within one extent of the parent namespace
 * (`map_write` in kernel/user_namespace.c, user_namespaces(7)), and for a mount an empty half (commit dacfd001eaf2, 6.9).
 */
export function checkKernelLimits<From extends Space, To extends Space, Beyond extends Space>(
  map: IdMapPair<From, To> | AsWritten,
  limits: KernelLimits<To, Beyond>,
): IdMapProblem[] {
  const { role, parent } = limits
  const spaces = role === 'mount' ? MOUNT : { from: 'container', to: parent ? 'parent namespace' : 'host' }
  return HALVES.flatMap(half => {
    const extents = [...map[half]]
    const context = { ...spaces, half }
    return [
      ...findProblems(extents, context),
      ...(role === 'mount' && extents.length === 0 ? [problem({ code: 'IDMAP_MISSING_HALF', half })] : []),
      ...tooMany(extents, half, limits.kernel),
      ...tooLong(extents, half),
      ...(parent ? outsideParent(extents, [...parent[half]], context) : []),
    ]
  })
}

const HALVES: readonly Half[] = ['uid', 'gid']
const MOUNT = { from: 'disk', to: 'host' } as const

function tooMany(extents: readonly Extent[], half: Half, kernel: KernelVersion | undefined): IdMapProblem[] {
  const old = kernel && compareKernelVersions(kernel, { major: 4, minor: 15 }) < 0
  const limit = old ? KERNEL_MAX_EXTENTS_BEFORE_4_15 : KERNEL_MAX_EXTENTS
  const past = extents.slice(limit)
  if (past.length === 0) return []
  return [problem({ code: 'IDMAP_TOO_MANY_EXTENTS', half, count: extents.length, limit, extents: past })]
}

function tooLong(extents: readonly Extent[], half: Half): IdMapProblem[] {
  let bytes = 0
  const past = extents.filter(({ from, to, count }) => {
    bytes += `${from} ${to} ${count}\n`.length
    return bytes >= KERNEL_MAX_WRITE
  })
  if (past.length === 0) return []
  return [problem({ code: 'IDMAP_TOO_LONG', half, bytes, limit: KERNEL_MAX_WRITE, extents: past })]
}

function outsideParent(extents: readonly Extent[], parent: readonly Extent[], context: MapContext): IdMapProblem[] {
  // Neither map can be longer, and two that are would take very long: what is past the limit is a problem already.
  const sorted = parent.slice(0, KERNEL_MAX_EXTENTS).toSorted((a, b) => a.from - b.from)
  const possible = extents.slice(0, KERNEL_MAX_EXTENTS).filter(isSound)
  return possible.flatMap(extent => {
    const wanted: IdRange = { from: extent.to, count: extent.count }
    const parents = meeting(sorted, wanted)
    if (parents.some(one => common(one, wanted).count === wanted.count)) return []
    const missing = intersect([wanted], complement(parents)).map(({ from, count }) => ({ from, count }))
    return [problem({ code: 'IDMAP_OUTSIDE_PARENT', extent, parents, missing, context })]
  })
}

import type { IdMap } from './map.ts'
import { type IdMapPair, mapPair } from './pair.ts'
import { type Half, type IdMapProblem, problem } from './problem.ts'

/** Extents the kernel takes in one map since 4.15 (UID_GID_MAP_MAX_EXTENTS); it was 5 before. Tried on 6.18: 341 is EINVAL. */
export const KERNEL_MAX_EXTENTS = 340

/**
 * A map is written in one piece that must be shorter than a page (4096 bytes on x86). With ten-digit ids this comes
 * long before 340 extents: tried on 6.18, 4080 bytes pass and 4104 are EINVAL.
 */
export const KERNEL_MAX_WRITE = 4096

/** What would make the kernel refuse a mount map whose numbers are right: an empty half, too many extents, too long a text. */
export function checkKernelLimits<From extends string, To extends string>(map: IdMapPair<From, To>): IdMapProblem[] {
  const { uid, gid } = mapPair(map, checkHalf)
  return [...uid, ...gid]
}

function checkHalf<From extends string, To extends string>(map: IdMap<From, To>, half: Half): IdMapProblem[] {
  const count = map.extents.length
  const bytes = writeLength(map)
  const problems: IdMapProblem[] = []
  if (count === 0) problems.push(problem({ code: 'IDMAP_MISSING_HALF', half }))
  if (count > KERNEL_MAX_EXTENTS)
    problems.push(problem({ code: 'IDMAP_TOO_MANY_EXTENTS', half, count, limit: KERNEL_MAX_EXTENTS }))
  if (bytes >= KERNEL_MAX_WRITE)
    problems.push(problem({ code: 'IDMAP_TOO_LONG', half, bytes, limit: KERNEL_MAX_WRITE }))
  return problems
}

function writeLength<From extends string, To extends string>(map: IdMap<From, To>): number {
  return map.extents.reduce((sum, { from, to, count }) => sum + `${from} ${to} ${count}\n`.length, 0)
}

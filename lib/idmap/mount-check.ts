import { compareKernelVersions, type KernelVersion } from './kernel-version.ts'
import { type AsWritten, checkKernelLimits } from './limits.ts'
import type { IdMapPair } from './pair.ts'
import { type IdMapProblem, problem, refuse } from './problem.ts'

/** How `checkMountMap` calls the initial user namespace. */
export const INITIAL_NAMESPACE = 'initial'

/** A mount's map, and the user namespace it is to be taken from. */
export interface MountMapUse {
  readonly map: IdMapPair<'disk', 'host'> | AsWritten
  /** A kernel of today when left out. */
  readonly kernel?: KernelVersion
  /**
   * A name for the user namespace given to mount_setattr(2), in the caller's own words (`/proc/42/ns/user`, its inode
   * number). Left out: one made for this mount, as `idmapMount` does.
   */
  readonly namespace?: string
  /** A name, from the same words, for the user namespace the file system was mounted in. Left out: the initial one. */
  readonly superblock?: string
}

/**
 * Everything for which the kernel would refuse the map for a mount: `checkKernelLimits`, a kernel without idmapped
 * mounts, and the namespace the map is in. What is refused about that is the same *namespace*, never the same numbers:
 *
 * - the initial user namespace: EPERM, on every file system
 * - the namespace of the superblock (`s_user_ns`): EINVAL; for a file system mounted on the host that is the initial one
 * - a map equal to either, the full identity `0 0 4294967295` included, in a namespace of its own: taken; the mount
 *   then counts as idmapped and shows the same owners
 *
 * Whether a file system can be idmapped at all, and the caller's privileges, are not told by a map. Source:
 * `build_mount_idmapped` and `can_idmap_mount` in fs/namespace.c, mount_setattr(2); tried on 6.1 to 7.3.
 */
export function checkMountMap({ map, kernel, namespace, superblock = INITIAL_NAMESPACE }: MountMapUse): IdMapProblem[] {
  const limits = checkKernelLimits(map, { role: 'mount', ...(kernel && { kernel }) })
  return [...withoutIdmappedMounts(kernel), ...refusedNamespace(namespace, superblock), ...limits]
}

/** Throws an `IdMapError` that names the half without extents: no mount can be made with such a map since Linux 6.9. */
export function requireBothHalves(map: IdMapPair<'disk', 'host'>): void {
  refuse(checkKernelLimits(map, { role: 'mount' }).filter(({ code }) => code === 'IDMAP_MISSING_HALF'))
}

function withoutIdmappedMounts(kernel: KernelVersion | undefined): IdMapProblem[] {
  if (!kernel || compareKernelVersions(kernel, { major: 5, minor: 12 }) >= 0) return []
  return [problem({ code: 'IDMAP_NO_IDMAPPED_MOUNTS', kernel })]
}

function refusedNamespace(namespace: string | undefined, superblock: string): IdMapProblem[] {
  if (namespace === INITIAL_NAMESPACE) return [problem({ code: 'IDMAP_INITIAL_NAMESPACE', namespace, errno: 'EPERM' })]
  if (namespace !== superblock) return []
  return [problem({ code: 'IDMAP_SUPERBLOCK_NAMESPACE', namespace, errno: 'EINVAL' })]
}

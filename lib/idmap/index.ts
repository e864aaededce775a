/**
 * Id maps whose direction is a type, their algebra, the kernel's limits, and the maps of mounts. Pure: no I/O, any platform.
 *
 * @module idmaplab/idmap
 */

export { findConflicts, type UnionContext } from './conflict.ts'
export { exceptionsFor } from './exceptions.ts'
export {
  type Extent,
  formatExtent,
  formatRange,
  type Id,
  type IdRange,
  INVALID_ID,
  isId,
  MAX_ID,
} from './extent.ts'
export { fsidMap } from './fsid.ts'
export { missingFrom, type SharedIds, sharedHostIds } from './host-ids.ts'
export {
  compareKernelVersions,
  formatKernelVersion,
  type KernelVersion,
  KernelVersionError,
  parseKernelVersion,
} from './kernel-version.ts'
export {
  type AsWritten,
  checkKernelLimits,
  KERNEL_MAX_EXTENTS,
  KERNEL_MAX_EXTENTS_BEFORE_4_15,
  KERNEL_MAX_WRITE,
  type KernelLimits,
} from './limits.ts'
export { ALL_IDS, type Filled, IdMap } from './map.ts'
export { checkMountMap, INITIAL_NAMESPACE, type MountMapUse, requireBothHalves } from './mount-check.ts'
export {
  composePair,
  equalPairs,
  type IdMapPair,
  invertPair,
  mapPair,
  pairOf,
  restrictPair,
  unionPair,
  withoutPair,
} from './pair.ts'
export { type PassThrough, passThrough } from './pass-through.ts'
export {
  type Asker,
  type ConflictFacts,
  type Half,
  IdMapError,
  type IdMapProblem,
  type MapContext,
  type NamespaceFacts,
  type OutsideParentFacts,
  type OverlapFacts,
  type ProblemFacts,
  type ShiftFacts,
  type Side,
  type TooLongFacts,
  type TooManyExtentsFacts,
  type UnsayableFacts,
} from './problem.ts'
export {
  mountMap,
  outsideContainer,
  PASSTHROUGH,
  type ResolvedMount,
  type ResolveWarning,
  resolveMountMap,
} from './resolve.ts'
export type { Space } from './space.ts'
export { split } from './split.ts'
export {
  type At,
  type Carried,
  OVERFLOW_ID,
  type Step,
  Trace,
  type Traced,
  traceId,
  type Unmapped,
} from './trace.ts'
export { findProblems } from './validate.ts'

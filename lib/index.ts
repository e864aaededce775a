/**
 * The id-map library: maps whose direction is a type, the dialects they are written in, and what the Linux kernel does
 * with them. Nothing here knows of guests; everything of `kernel/` needs Linux, and most of it CAP_SYS_ADMIN.
 */

export type { Finding, Rule, Severity, Subject, Where } from './check/finding.ts'
export { checkOne, type Target } from './check/one-map.ts'
export { checkTogether, type DelegationFile, type HostIds } from './check/together.ts'
export { type Blame, IdmaplabError } from './error.ts'
export { findConflicts, type UnionContext } from './idmap/conflict.ts'
export { exceptionsFor } from './idmap/exceptions.ts'
export {
  type Extent,
  formatExtent,
  formatRange,
  type Id,
  type IdRange,
  INVALID_ID,
  isId,
  MAX_ID,
} from './idmap/extent.ts'
export { fsidMap } from './idmap/fsid.ts'
export { missingFrom, type SharedIds, sharedHostIds } from './idmap/host-ids.ts'
export {
  compareKernelVersions,
  formatKernelVersion,
  type KernelVersion,
  KernelVersionError,
  parseKernelVersion,
} from './idmap/kernel-version.ts'
export {
  type AsWritten,
  checkKernelLimits,
  KERNEL_MAX_EXTENTS,
  KERNEL_MAX_EXTENTS_BEFORE_4_15,
  KERNEL_MAX_WRITE,
  type KernelLimits,
} from './idmap/limits.ts'
export { ALL_IDS, type Filled, IdMap } from './idmap/map.ts'
export { checkMountMap, INITIAL_NAMESPACE, type MountMapUse } from './idmap/mount-check.ts'
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
} from './idmap/pair.ts'
export { type PassThrough, passThrough } from './idmap/pass-through.ts'
export { type Half, IdMapError, type IdMapProblem, type MapContext, type Side } from './idmap/problem.ts'
export { mountMap, PASSTHROUGH, type ResolvedMount, type ResolveWarning, resolveMountMap } from './idmap/resolve.ts'
export type { Space } from './idmap/space.ts'
export { split } from './idmap/split.ts'
export {
  type At,
  type Carried,
  OVERFLOW_ID,
  type Step,
  Trace,
  type Traced,
  traceId,
  type Unmapped,
} from './idmap/trace.ts'
export { findProblems } from './idmap/validate.ts'
export { type Caller, here } from './kernel/caller.ts'
export { become, type Credentials, changeRoot, enterContainer } from './kernel/credentials.ts'
export { errnoName, SyscallError, type SyscallFailure } from './kernel/errno.ts'
export * as files from './kernel/files.ts'
export { type IdmappedMount, idmapMount, tryIdmap } from './kernel/idmapped-mount.ts'
export { bindMount, type FilesystemMount, MountFlag, mountFilesystem, shareMounts, unmount } from './kernel/mount.ts'
export { CLONE_NEWNS, CLONE_NEWUSER, Task, TaskEndedError } from './kernel/task.ts'
export { createUserNamespace, writeIdMaps } from './kernel/userns.ts'
export { FILESYSTEMS, type FilesystemSupport, filesystemSupport } from './model/filesystems.ts'
export { type HostAccount, readAccounts } from './syntax/accounts.ts'
export {
  DIRECTIONS,
  type Dialect,
  type Entry,
  type MapOf,
  type Place,
  parseMap,
  type RangeSyntax,
  type ReadContext,
  type Reading,
  type Role,
  type Syntax,
} from './syntax/dialect.ts'
export {
  type DialectName,
  faultSentence,
  IdMapDialectError,
  IdMapInexpressibleError,
  IdMapSyntaxError,
  type SyntaxFault,
} from './syntax/error.ts'
export { formatKernelMap, parseKernelMap } from './syntax/kernel.ts'
export {
  DIALECTS,
  dialectNamed,
  formatContainerMap,
  formatExceptions,
  formatMountMap,
  type NameOf,
  parseContainerMap,
  parseExceptions,
  parseMountMap,
  recognise,
  syntaxOf,
} from './syntax/registry.ts'
export {
  addSubids,
  formatSubids,
  parseSubids,
  readSubids,
  rewriteSubids,
  type SubidLine,
  type SubidLines,
  type SubidRange,
  subidsOf,
} from './syntax/subid.ts'

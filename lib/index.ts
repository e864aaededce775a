/**
 * The id-map library: maps whose direction is a type, the dialects they are written in, and what the Linux kernel does
 * with them. Nothing here knows of guests; everything of `kernel/` needs Linux, and most of it CAP_SYS_ADMIN.
 */

export type { Finding, Rule, Severity, Subject, Where } from './check/finding.ts'
export { checkOne, type Target } from './check/one-map.ts'
export { checkTogether, type DelegationFile, type HostIds } from './check/together.ts'
export { findingLines } from './check/words.ts'
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
} from './idmap/problem.ts'
export {
  mountMap,
  outsideContainer,
  PASSTHROUGH,
  type ResolvedMount,
  type ResolveWarning,
  resolveMountMap,
} from './idmap/resolve.ts'
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
export {
  type AclEntry,
  AclFormatError,
  type AclKind,
  type AclTag,
  decodeAcl,
  encodeAcl,
  readAcl,
  writeAcl,
} from './kernel/acl.ts'
export { type Caller, here } from './kernel/caller.ts'
export { capabilityNames, formatCapabilities } from './kernel/capabilities.ts'
export {
  Capability,
  type CapabilitySets,
  capabilitySets,
  hasCapability,
  setCapabilitySets,
} from './kernel/capability-sets.ts'
export { become, type Credentials, changeRoot, enterContainer, setFilesystemIds } from './kernel/credentials.ts'
export {
  createDelegated,
  type DelegatedCreation,
  DelegatedMount,
  type SuperblockOwner,
} from './kernel/delegated-creation.ts'
export { ClosedError, Descriptor } from './kernel/descriptor.ts'
export { DiagnosedError, type Diagnosis, type DiagnosisCode } from './kernel/diagnosis.ts'
export { errnoName, SyscallError, type SyscallFailure } from './kernel/errno.ts'
export {
  decodeFileCapability,
  encodeFileCapability,
  type FileCapability,
  FileCapabilityFormatError,
  readFileCapability,
  writeFileCapability,
} from './kernel/file-capability.ts'
export { type FileHandle, fileHandleOf, openByHandle } from './kernel/file-handle.ts'
export { LockedError } from './kernel/file-lock.ts'
export * as files from './kernel/files.ts'
export {
  contextMessages,
  createSuperblock,
  mountContext,
  openFilesystem,
  type Parameter,
  pickFilesystem,
  reconfigure,
  setParameter,
} from './kernel/filesystem-context.ts'
export { HotpluggedMount, type HotplugRequest, hotplugMount } from './kernel/hotplug.ts'
export { type RefusedIdmap, whyIdmapRefused } from './kernel/idmap-refusal.ts'
export {
  type CopiedMount,
  changeMount,
  type MappedChange,
  openIdmappedCopy,
  openRemappedCopy,
} from './kernel/idmapped-copy.ts'
export {
  type IdmapMountRequest,
  IdmappedMount,
  idmapMount,
  MountGoneError,
  replaceIdmap,
  tryIdmap,
} from './kernel/idmapped-mount.ts'
export { InspectError, type InspectFault } from './kernel/inspect/error.ts'
export type { IdHolder } from './kernel/inspect/ids.ts'
export { inspectPath, type PathInspection } from './kernel/inspect/inspect.ts'
export type { InspectedId } from './kernel/inspect/judge.ts'
export type { NamespaceLevel } from './kernel/inspect/namespaces.ts'
export {
  type IdsInNamespace,
  inspectProcess,
  type OwnedNamespace,
  type ProcessInspection,
  type Reach,
} from './kernel/inspect/process.ts'
export type { SuperblockFinding } from './kernel/inspect/superblock.ts'
export { attachLoopDevice, type LoopDevice } from './kernel/loop.ts'
export type { MapSource } from './kernel/map-source.ts'
export {
  attach,
  bindMount,
  type FilesystemMount,
  MountFlag,
  mountFilesystem,
  openChangedCopy,
  openDetachedCopy,
  setIdmap,
  shareMounts,
  unmount,
} from './kernel/mount.ts'
export {
  type AccessTime,
  type MountAttributes,
  type MountChange,
  type MountPlace,
  type Propagation,
  setMountAttributes,
} from './kernel/mount-attributes.ts'
export { describeMount, listMounts, type MountFacts, type MountMap } from './kernel/mount-facts.ts'
export { mountAt, mountById, mountTree } from './kernel/mount-lookup.ts'
export { type MountinfoEntry, parseMountinfo, readMountinfo } from './kernel/mountinfo.ts'
export { NAMED_MAPS_DIRECTORY, type NamedMap, NamedMaps } from './kernel/named-maps.ts'
export { type NamedMapCode, NamedMapError } from './kernel/named-maps-error.ts'
export { ownerUid, owningUserNamespace, parentNamespace } from './kernel/namespace-ioctl.ts'
export {
  enterNamespace,
  type NamespaceKind,
  openPidfd,
  requireAlive,
  takeDescriptor,
  unshareNamespace,
} from './kernel/namespaces.ts'
export type { Answer } from './kernel/probe/answer.ts'
export type { FilesystemReport } from './kernel/probe/filesystems.ts'
export { type FeatureName, features, type ProbeReport, probe } from './kernel/probe/probe.ts'
export { type FourIds, type ProcessStatus, parseProcessStatus, readProcessStatus } from './kernel/process-status.ts'
export type { RefusalCause } from './kernel/refusal-causes.ts'
export { LSMT_ROOT, listmount, statmount, statmountMap } from './kernel/statmount.ts'
export { whyMapsMustNotBeAsked } from './kernel/statmount-hazard.ts'
export { StatmountMask, type StatmountReply } from './kernel/statmount-layout.ts'
export {
  type FileStatus,
  type FileType,
  type LocatedStatus,
  locatedStatusOf,
  type Place,
  statusOf,
} from './kernel/statx.ts'
export { CLONE_NEWNS, CLONE_NEWUSER, Task, TaskEndedError } from './kernel/task.ts'
export {
  acceptWithCredentials,
  connectTo,
  type Listener,
  listen,
  type PeerCredentials,
  peerCredentials,
  type Received,
  receiveByte,
  sendByte,
} from './kernel/unix-socket.ts'
export { createUserNamespace, UserNamespace } from './kernel/userns.ts'
export { CacheRefusal, type NamespaceLoan, UserNamespaceCache } from './kernel/userns-cache.ts'
export { writeIdMaps } from './kernel/userns-maps.ts'
export { getXattr, listXattrs, setXattr } from './kernel/xattr.ts'
export { FILESYSTEMS, type FilesystemSupport, filesystemSupport } from './model/filesystems.ts'
export { type BugPresence, bugPresence, type Fix, KNOWN_BUGS, type KnownBug } from './model/known-bugs.ts'
export { type KernelIdentity, upstreamVersion } from './model/upstream-version.ts'
export { ANYWHERE, allocate, lowPiece, type PieceRequest, topPiece } from './ranges/allocate.ts'
export type { CollisionRule } from './ranges/clash.ts'
export { type Collision, findCollisions } from './ranges/collisions.ts'
export { type Gap, NothingFitsError, type RangesCode, RangesError } from './ranges/error.ts'
export { type HostIdsInUse, readHost } from './ranges/host.ts'
export { containerMap, hostRanges, imageMountMap, LEASE_NAME, type Lease } from './ranges/lease.ts'
export {
  type Leased,
  type LeaseRequest,
  leaseRange,
  type Released,
  releaseRange,
} from './ranges/leasing.ts'
export { type Bounds, type LoginDefs, parseLoginDefs } from './ranges/login-defs.ts'
export { findLease, leasedRanges, type RangesPlace, readLeases, registryOf } from './ranges/registry.ts'
export { NEVER_GIVEN, RESERVATIONS, type Reservation, reservedRanges } from './ranges/reservations.ts'
export {
  type AccountHolder,
  type Holder,
  holderText,
  type LeaseHolder,
  type NamespaceHolder,
  type OutsideHolder,
  type ReservationHolder,
  type SubidHolder,
  type UsedRange,
} from './ranges/used-range.ts'
export { type HostAccount, readAccounts } from './syntax/accounts.ts'
export {
  DIRECTIONS,
  type Dialect,
  type Entry,
  type MapOf,
  type Place as TextPlace,
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

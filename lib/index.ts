/**
 * The id-map library: maps whose direction is a type, the dialects they are written in, and what the Linux kernel does
 * with them. Nothing here knows of guests; everything of `kernel/` needs Linux, and most of it CAP_SYS_ADMIN.
 */

export { type Blame, IdmaplabError } from './error.ts'
export { type Extent, formatExtent, type Id, type IdRange, INVALID_ID, isId, MAX_ID } from './idmap/extent.ts'
export { checkKernelLimits, KERNEL_MAX_EXTENTS, KERNEL_MAX_WRITE } from './idmap/limits.ts'
export { IdMap } from './idmap/map.ts'
export { composePair, equalPairs, type IdMapPair, invertPair, mapPair, pairOf } from './idmap/pair.ts'
export { type Half, IdMapError, type IdMapProblem, type MapContext, type Side } from './idmap/problem.ts'
export { mountMap, type ResolvedMount, type ResolveWarning, resolveMountMap } from './idmap/resolve.ts'
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
export type { Carried } from './kernel/inspect/ids.ts'
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
export { createUserNamespace, UserNamespace } from './kernel/userns.ts'
export { CacheRefusal, type NamespaceLoan, UserNamespaceCache } from './kernel/userns-cache.ts'
export { writeIdMaps } from './kernel/userns-maps.ts'
export { getXattr, listXattrs, setXattr } from './kernel/xattr.ts'
export { type Dialect, IdMapSyntaxError, type SyntaxFault } from './syntax/error.ts'
export { formatKernelMap, parseKernelMap } from './syntax/kernel.ts'
export { formatLxcIdmap, parseLxcIdmap } from './syntax/lxc.ts'
export { formatProxmoxIdmap, parseProxmoxIdmap } from './syntax/proxmox.ts'

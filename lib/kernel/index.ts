/**
 * Idmapped mounts and user namespaces of this machine: made, changed, inspected and undone by system calls, nothing is spawned. Linux; most of it needs CAP_SYS_ADMIN.
 *
 * @module idmaplab/kernel
 */

export {
  type AclEntry,
  AclFormatError,
  type AclKind,
  type AclTag,
  decodeAcl,
  encodeAcl,
  readAcl,
  writeAcl,
} from './acl.ts'
export { ArgumentError } from './argument-error.ts'
export { type Caller, here } from './caller.ts'
export { capabilityNames, formatCapabilities } from './capabilities.ts'
export {
  Capability,
  type CapabilitySets,
  capabilitySets,
  hasCapability,
  setCapabilitySets,
} from './capability-sets.ts'
export { become, type Credentials, changeRoot, enterContainer, setFilesystemIds } from './credentials.ts'
export {
  createDelegated,
  type DelegatedCreation,
  DelegatedMount,
  type SuperblockOwner,
} from './delegated-creation.ts'
export { ClosedError, Descriptor } from './descriptor.ts'
export { DiagnosedError, type Diagnosis, type DiagnosisCode } from './diagnosis.ts'
export { errnoName, SyscallError, type SyscallFailure } from './errno.ts'
export {
  decodeFileCapability,
  encodeFileCapability,
  type FileCapability,
  FileCapabilityFormatError,
  readFileCapability,
  writeFileCapability,
} from './file-capability.ts'
export { type FileHandle, fileHandleOf, openByHandle } from './file-handle.ts'
export { LockedError } from './file-lock.ts'
export * as files from './files.ts'
export {
  contextMessages,
  createSuperblock,
  mountContext,
  openFilesystem,
  type Parameter,
  pickFilesystem,
  reconfigure,
  setParameter,
} from './filesystem-context.ts'
export { HotpluggedMount, type HotplugRequest, hotplugMount } from './hotplug.ts'
export { type RefusedIdmap, whyIdmapRefused } from './idmap-refusal.ts'
export {
  type CopiedMount,
  changeMount,
  type MappedChange,
  openIdmappedCopy,
  openRemappedCopy,
} from './idmapped-copy.ts'
export {
  type IdmapMountRequest,
  IdmappedMount,
  idmapMount,
  MountGoneError,
  replaceIdmap,
  tryIdmap,
} from './idmapped-mount.ts'
export { InspectError, type InspectFault } from './inspect/error.ts'
export type { IdHolder } from './inspect/ids.ts'
export { inspectPath, type PathInspection } from './inspect/inspect.ts'
export type { InspectedId } from './inspect/judge.ts'
export type { NamespaceLevel } from './inspect/namespaces.ts'
export {
  type IdsInNamespace,
  inspectProcess,
  type OwnedNamespace,
  type ProcessInspection,
  type Reach,
} from './inspect/process.ts'
export type { SuperblockFinding } from './inspect/superblock.ts'
export { attachLoopDevice, type LoopDevice } from './loop.ts'
export type { MapSource } from './map-source.ts'
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
} from './mount.ts'
export {
  type AccessTime,
  type MountAttributes,
  type MountChange,
  type MountPlace,
  type Propagation,
  setMountAttributes,
} from './mount-attributes.ts'
export { describeMount, listMounts, type MountFacts, type MountMap } from './mount-facts.ts'
export { mountAt, mountById, mountTree } from './mount-lookup.ts'
export { type MountinfoEntry, parseMountinfo, readMountinfo } from './mountinfo.ts'
export { NAMED_MAPS_DIRECTORY, type NamedMap, NamedMaps } from './named-maps.ts'
export { type NamedMapCode, NamedMapError } from './named-maps-error.ts'
export { ownerUid, owningUserNamespace, parentNamespace } from './namespace-ioctl.ts'
export {
  enterNamespace,
  type NamespaceKind,
  openPidfd,
  requireAlive,
  takeDescriptor,
  unshareNamespace,
} from './namespaces.ts'
export type { Answer } from './probe/answer.ts'
export type { FilesystemReport } from './probe/filesystems.ts'
export { type FeatureName, features, type ProbeReport, probe } from './probe/probe.ts'
export { type FourIds, type ProcessStatus, parseProcessStatus, readProcessStatus } from './process-status.ts'
export type { RefusalCause } from './refusal-causes.ts'
export type { Argument } from './scratch.ts'
export { LSMT_ROOT, listmount, statmount, statmountMap } from './statmount.ts'
export { whyMapsMustNotBeAsked } from './statmount-hazard.ts'
export { StatmountMask, type StatmountReply } from './statmount-layout.ts'
export {
  type FileStatus,
  type FileType,
  type LocatedStatus,
  locatedStatusOf,
  type Place,
  statusOf,
} from './statx.ts'
export { CLONE_NEWNS, CLONE_NEWUSER, Task, TaskEndedError } from './task.ts'
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
} from './unix-socket.ts'
export { createUserNamespace, UserNamespace } from './userns.ts'
export { CacheRefusal, type NamespaceLoan, UserNamespaceCache } from './userns-cache.ts'
export { writeIdMaps } from './userns-maps.ts'
export { getXattr, listXattrs, setXattr } from './xattr.ts'

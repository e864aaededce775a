/**
 * What most programs need: maps whose direction is a type, the notations they are written in, idmapped mounts and their
 * errors. Everything there is comes by room: `idmaplab/idmap`, `idmaplab/syntax`, `idmaplab/check` and `idmaplab/model`
 * are pure and run anywhere; `idmaplab/ranges` and `idmaplab/kernel` need Linux. Nothing here knows of guests.
 *
 * @module idmaplab
 */

export type { Finding, Subject } from './check/finding.ts'
export { checkOne, type Target } from './check/one-map.ts'
export { checkTogether, type HostIds } from './check/together.ts'
export { type Blame, IdmaplabError } from './error.ts'
export { type Extent, formatExtent, type Id, type IdRange, INVALID_ID, isId, MAX_ID } from './idmap/extent.ts'
export { fsidMap } from './idmap/fsid.ts'
export { ALL_IDS, IdMap } from './idmap/map.ts'
export { checkMountMap, type MountMapUse } from './idmap/mount-check.ts'
export { composePair, equalPairs, type IdMapPair, invertPair, mapPair, pairOf, unionPair } from './idmap/pair.ts'
export { passThrough } from './idmap/pass-through.ts'
export { type Half, IdMapError, type IdMapProblem } from './idmap/problem.ts'
export { mountMap, PASSTHROUGH, type ResolvedMount, resolveMountMap } from './idmap/resolve.ts'
export type { Space } from './idmap/space.ts'
export { OVERFLOW_ID, type Trace, traceId } from './idmap/trace.ts'
export { createDelegated, type DelegatedCreation, DelegatedMount } from './kernel/delegated-creation.ts'
export { DiagnosedError, type DiagnosisCode } from './kernel/diagnosis.ts'
export { SyscallError } from './kernel/errno.ts'
export { HotpluggedMount, type HotplugRequest, hotplugMount } from './kernel/hotplug.ts'
export {
  type IdmapMountRequest,
  IdmappedMount,
  idmapMount,
  MountGoneError,
  replaceIdmap,
  tryIdmap,
} from './kernel/idmapped-mount.ts'
export { inspectPath, type PathInspection } from './kernel/inspect/inspect.ts'
export { inspectProcess, type ProcessInspection } from './kernel/inspect/process.ts'
export type { MapSource } from './kernel/map-source.ts'
export type { MountAttributes } from './kernel/mount-attributes.ts'
export { type NamedMap, NamedMaps } from './kernel/named-maps.ts'
export { NamedMapError } from './kernel/named-maps-error.ts'
export { type ProbeReport, probe } from './kernel/probe/probe.ts'
export { createUserNamespace, UserNamespace } from './kernel/userns.ts'
export { type NamespaceLoan, UserNamespaceCache } from './kernel/userns-cache.ts'
export { containerMap, type Lease } from './ranges/lease.ts'
export { type LeaseRequest, leaseRange, releaseRange } from './ranges/leasing.ts'
export { IdMapInexpressibleError, IdMapSyntaxError } from './syntax/error.ts'
export {
  DIALECTS,
  formatContainerMap,
  formatExceptions,
  formatMountMap,
  parseContainerMap,
  parseExceptions,
  parseMountMap,
  recognise,
} from './syntax/registry.ts'

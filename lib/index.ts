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
export { type Caller, here } from './kernel/caller.ts'
export { become, type Credentials, changeRoot, enterContainer } from './kernel/credentials.ts'
export { errnoName, SyscallError, type SyscallFailure } from './kernel/errno.ts'
export * as files from './kernel/files.ts'
export { type IdmappedMount, idmapMount, tryIdmap } from './kernel/idmapped-mount.ts'
export { bindMount, type FilesystemMount, MountFlag, mountFilesystem, shareMounts, unmount } from './kernel/mount.ts'
export { CLONE_NEWNS, CLONE_NEWUSER, Task, TaskEndedError } from './kernel/task.ts'
export { createUserNamespace, UserNamespace } from './kernel/userns.ts'
export { writeIdMaps } from './kernel/userns-maps.ts'
export { type Dialect, IdMapSyntaxError, type SyntaxFault } from './syntax/error.ts'
export { formatKernelMap, parseKernelMap } from './syntax/kernel.ts'
export { formatLxcIdmap, parseLxcIdmap } from './syntax/lxc.ts'
export { formatProxmoxIdmap, parseProxmoxIdmap } from './syntax/proxmox.ts'

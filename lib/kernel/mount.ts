import { type Caller, call, tryCall } from './caller.ts'

const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const AT_RECURSIVE = 0x8000
const OPEN_TREE_CLONE = 1
const O_CLOEXEC = 0o2000000
const MOVE_MOUNT_F_EMPTY_PATH = 4
const MOUNT_ATTR_IDMAP = 0x100000n
const MOUNT_ATTR_SIZE = 32
const MNT_DETACH = 2
const MS_REC_SHARED = 0x4000 | (1 << 20)

/** mount(2) mount flags (include/uapi/linux/mount.h). */
export const MountFlag = { readOnly: 1, nosuid: 2, nodev: 4, noexec: 8, bind: 4096, recursive: 16384 } as const

export type FilesystemMount = {
  readonly source: string
  readonly target: string
  /** The kernel's name of the file system, e.g. `ext4`. */
  readonly type: string
  /** Bits of {@link MountFlag}. */
  readonly flags?: number
  /** File-system options, comma-separated, e.g. `uid=1000,gid=1000`. */
  readonly options?: string
}

/** mount(2) of a file system. The caller needs CAP_SYS_ADMIN over its mount namespace. */
export function mountFilesystem(caller: Caller, mount: FilesystemMount): void {
  const { source, target, type, flags = 0, options = '' } = mount
  call(caller, 'mount', [source, target, type, flags, options], [source, target, type, options])
}

/** Makes the directory or file at `source` visible at `target` too, with its ids as they are. */
export function bindMount(caller: Caller, source: string, target: string): void {
  call(caller, 'mount', [source, target, 0, MountFlag.bind, 0], [source, target, 'bind'])
}

/** Mounts made below `path` from now on reach the mount namespaces copied from this one. */
export function shareMounts(caller: Caller, path: string): void {
  call(caller, 'mount', ['none', path, 0, MS_REC_SHARED, 0], [path, 'shared'])
}

/** umount2(2). `lazy` lets it vanish from the tree at once although it is busy (MNT_DETACH). */
export function unmount(caller: Caller, target: string, options: { lazy?: boolean } = {}): void {
  call(caller, 'umount2', [target, options.lazy ? MNT_DETACH : 0], [target])
}

/**
 * A private copy of the mount at `path`, attached nowhere: the only state in which a mount may be given an id map
 * (attached: EINVAL). Returns a descriptor of the caller. Since Linux 5.2; needs CAP_SYS_ADMIN over the mount namespace.
 */
export function openDetachedCopy(caller: Caller, path: string, options: { recursive?: boolean } = {}): number {
  const flags = OPEN_TREE_CLONE | O_CLOEXEC | (options.recursive ? AT_RECURSIVE : 0)
  return call(caller, 'open_tree', [AT_FDCWD, path, flags], [path, 'OPEN_TREE_CLONE'])
}

/**
 * Gives the detached mount `mountFd` the id map of the user namespace `userNamespaceFd`, read as disk → host.
 * mount_setattr(2) with MOUNT_ATTR_IDMAP, since Linux 5.12 (ENOSYS before). EINVAL: the file system does not allow it,
 * or the namespace is the superblock's own; EPERM: already idmapped, or the initial namespace; EBUSY: open for writing.
 */
export function setIdmap(
  caller: Caller,
  mountFd: number,
  userNamespaceFd: number,
  options: { recursive?: boolean } = {},
): void {
  const attributes = Buffer.alloc(MOUNT_ATTR_SIZE)
  attributes.writeBigUInt64LE(MOUNT_ATTR_IDMAP, 0)
  attributes.writeBigUInt64LE(BigInt(userNamespaceFd), 24)
  const flags = AT_EMPTY_PATH | (options.recursive ? AT_RECURSIVE : 0)
  call(
    caller,
    'mount_setattr',
    [mountFd, '', flags, attributes, MOUNT_ATTR_SIZE],
    [`fd ${mountFd}`, 'MOUNT_ATTR_IDMAP'],
  )
}

/** move_mount(2): attaches a detached mount at `target`, an existing directory (or file, for a file's mount). */
export function attach(caller: Caller, mountFd: number, target: string): void {
  call(caller, 'move_mount', [mountFd, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH], [`fd ${mountFd}`, target])
}

export function closeFd(caller: Caller, fd: number): void {
  tryCall(caller, 'close', [fd])
}

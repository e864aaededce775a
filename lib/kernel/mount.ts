import { type Caller, call, tryCall } from './caller.ts'
import {
  describeChange,
  encodeMountAttributes,
  MOUNT_ATTR_BYTES,
  type MountChange,
  setMountAttributes,
} from './mount-attributes.ts'

const AT_FDCWD = -100
const AT_RECURSIVE = 0x8000
const OPEN_TREE_CLONE = 1
const O_CLOEXEC = 0o2000000
const MOVE_MOUNT_F_EMPTY_PATH = 4
const MOVE_MOUNT_T_SYMLINKS = 0x10
const MOVE_MOUNT_BENEATH = 0x200
const MNT_DETACH = 2
const MS_REC_SHARED = 0x4000 | (1 << 20)

/** mount(2) mount flags (include/uapi/linux/mount.h). */
export const MountFlag = { readOnly: 1, nosuid: 2, nodev: 4, noexec: 8, bind: 4096, recursive: 16384 } as const

/** What mount(2) is told. */
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
 * A private copy as {@link openDetachedCopy} makes it, changed before anybody sees it: open_tree_attr(2), Linux 6.15.
 * Unlike mount_setattr(2) it can give a map to the copy of a mount that has one. Always with OPEN_TREE_CLONE: without,
 * Linux 6.15 to 6.16.3 would change the map of a mount in use (mended in 6.16.4).
 */
export function openChangedCopy(
  caller: Caller,
  path: string,
  change: MountChange,
  options: { readonly recursive?: boolean } = {},
): number {
  const flags = OPEN_TREE_CLONE | O_CLOEXEC | (options.recursive ? AT_RECURSIVE : 0)
  const attributes = encodeMountAttributes(change, { replace: change.idmap !== undefined })
  return call(caller, 'open_tree_attr', [AT_FDCWD, path, flags, attributes, MOUNT_ATTR_BYTES], () => [
    path,
    'OPEN_TREE_CLONE',
    describeChange(change, options.recursive),
  ])
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
  options: { readonly recursive?: boolean } = {},
): void {
  setMountAttributes(caller, mountFd, { idmap: userNamespaceFd }, options)
}

/**
 * move_mount(2): attaches a detached mount at `target`, an existing directory (or file, for a file's mount); a symbolic
 * link is followed, as mount(8) does. `beneath` puts it under the mount that is there (Linux 6.5).
 */
export function attach(
  caller: Caller,
  mountFd: number,
  target: string,
  options: { readonly beneath?: boolean } = {},
): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS | (options.beneath ? MOVE_MOUNT_BENEATH : 0)
  call(caller, 'move_mount', [mountFd, '', AT_FDCWD, target, flags], () => [
    `fd ${mountFd}`,
    target,
    ...(options.beneath ? ['MOVE_MOUNT_BENEATH'] : []),
  ])
}

export function closeFd(caller: Caller, fd: number): void {
  tryCall(caller, 'close', [fd])
}

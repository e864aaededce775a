import type { KernelVersion } from '../idmap/kernel-version.ts'

/** Since which kernel a file system's mounts can be idmapped (FS_ALLOW_IDMAP), as released; distributions switch it off or backport it. */
export interface FilesystemSupport {
  /** As in /proc/filesystems. */
  readonly name: string
  /** The first kernel that takes it; `undefined`: none up to 7.3. */
  readonly since: KernelVersion | undefined
  /** The last kernel line that has the file system at all, when it left the tree. */
  readonly until?: KernelVersion
  /** A man page, commit, or the kernels it was tried on. */
  readonly source: string
  /** What to know when using it. */
  readonly note?: string
  /** Whoever serves the file system has a say too: a mount that refuses a map says nothing about the kernel. */
  readonly serverDecides?: true
}

const MOUNT_SETATTR = 'mount_setattr(2), man-pages 6.20'

/**
 * The one table of "file system → since when". Sources: mount_setattr(2), kernel commits, and file_system_type flags
 * read in the trees of 5.10 to 7.3; a probe in a guest says what one kernel really does.
 */
export const FILESYSTEMS: readonly FilesystemSupport[] = [
  { name: 'ext4', since: { major: 5, minor: 12 }, source: `commit 14f3db5542e6; ${MOUNT_SETATTR}` },
  { name: 'xfs', since: { major: 5, minor: 12 }, source: `commit f736d93d76d3; ${MOUNT_SETATTR}` },
  { name: 'vfat', since: { major: 5, minor: 12 }, source: `commit 4b7899368108; ${MOUNT_SETATTR}` },
  { name: 'msdos', since: { major: 5, minor: 12 }, source: `commit 4b7899368108; ${MOUNT_SETATTR}` },
  { name: 'btrfs', since: { major: 5, minor: 15 }, source: `commit 5b9b26f5d0b8; ${MOUNT_SETATTR}` },
  { name: 'ntfs3', since: { major: 5, minor: 15 }, source: `commit 82cae269cfa9; ${MOUNT_SETATTR}` },
  { name: 'f2fs', since: { major: 5, minor: 18 }, source: `commit 984fc4e76d63; ${MOUNT_SETATTR}` },
  { name: 'erofs', since: { major: 5, minor: 19 }, source: `commit 6c459b78d479; ${MOUNT_SETATTR}` },
  { name: 'squashfs', since: { major: 6, minor: 2 }, source: `${MOUNT_SETATTR}; refused on 6.1` },
  { name: 'tmpfs', since: { major: 6, minor: 3 }, source: `${MOUNT_SETATTR}; refused on 6.1` },
  { name: 'ceph', since: { major: 6, minor: 7 }, source: MOUNT_SETATTR },
  { name: 'hugetlbfs', since: { major: 6, minor: 9 }, source: `${MOUNT_SETATTR}; refused on 6.1, taken on 6.12` },
  { name: 'exfat', since: { major: 6, minor: 11 }, source: 'fs/exfat/super.c of 6.11; not in 6.8' },
  {
    name: 'bcachefs',
    since: { major: 6, minor: 12 },
    until: { major: 6, minor: 17 },
    source: 'fs/bcachefs of 6.12; left the tree in 6.18',
  },
  ...['fuse', 'fuseblk', 'virtiofs'].map(name => ({
    name,
    since: { major: 6, minor: 12 },
    source: 'commit 16e1503eaf32',
    serverDecides: true as const,
    note: 'the server must answer FUSE_ALLOW_IDMAP and mount with default_permissions',
  })),
  { name: 'ntfs', since: { major: 7, minor: 2 }, source: 'fs/ntfs/super.c of 7.2; not in 7.0' },
  {
    name: 'overlay',
    since: { major: 7, minor: 3 },
    source: 'fs/overlayfs/super.c of 7.3; refused on 7.2.12, taken on 7.3.4',
    note: 'before 7.3 give the idmapped mounts to overlayfs as its layers (5.19), with POSIX ACLs from 6.0',
  },
  ...[
    'proc',
    'sysfs',
    'cgroup2',
    'ramfs',
    'devpts',
    'mqueue',
    'nfs',
    'nfs4',
    'cifs',
    '9p',
    'ext2',
    'ext3',
    'iso9660',
  ].map(name => ({ name, since: undefined, source: 'no FS_ALLOW_IDMAP in any tree from 5.12 to 7.3' })),
]

/** What is known of a file system by its name in /proc/filesystems, or by `overlayfs`. */
export function filesystemSupport(name: string): FilesystemSupport | undefined {
  const wanted = name === 'overlayfs' ? 'overlay' : name
  return FILESYSTEMS.find(filesystem => filesystem.name === wanted)
}

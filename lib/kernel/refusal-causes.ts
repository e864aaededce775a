import { syscallSince } from './syscall-since.ts'

/** Why a call may have been refused with an errno, and who says so: a man page, a kernel function or a commit. */
export type RefusalCause = { readonly sentence: string; readonly source: string }

type Row = RefusalCause & {
  readonly call: string
  readonly errno: string
  /** Only when one of the call's shown arguments has this in it. */
  readonly showing?: string
}

/**
 * The likely causes of this errno from this call, the likeliest first; empty when nothing is known beyond what the errno says.
 * `args` are the arguments as {@link SyscallError} shows them: they tell one use of a call from another.
 */
export function refusalCauses(syscall: string, errno: string, args: readonly string[]): readonly RefusalCause[] {
  if (errno === 'ENOSYS') return [missing(syscall)]
  return rows
    .filter(row => row.call === syscall && row.errno === errno && shows(args, row.showing))
    .map(({ sentence, source }) => ({ sentence, source }))
}

function missing(syscall: string): RefusalCause {
  const version = syscallSince(syscall)
  const source = `${syscall}(2)`
  if (version === undefined) return { sentence: `this kernel was built without ${syscall}(2)`, source }
  return { sentence: `${syscall}(2) came with Linux ${version}; or a seccomp filter hides it`, source }
}

function shows(args: readonly string[], showing: string | undefined): boolean {
  return showing === undefined || args.some(arg => arg.includes(showing))
}

const IDMAP = 'MOUNT_ATTR_IDMAP'
const MAY_MOUNT = 'CAP_SYS_ADMIN is missing in the user namespace that owns the caller’s mount namespace'
const NO_SUCH_PROCESS = 'there is no such process, or it has ended'

const rows: readonly Row[] = [
  { call: 'open_tree', errno: 'EPERM', sentence: MAY_MOUNT, source: 'open_tree(2); may_mount() in fs/namespace.c' },
  {
    call: 'open_tree',
    errno: 'EINVAL',
    sentence: 'the mount is of another mount namespace, unbindable, or (before Linux 6.15) itself detached',
    source: '__do_loopback() in fs/namespace.c',
  },
  { call: 'open_tree', errno: 'ENOENT', sentence: 'there is nothing at this path', source: 'open_tree(2)' },
  { call: 'open_tree_attr', errno: 'EPERM', sentence: MAY_MOUNT, source: 'may_mount() in fs/namespace.c' },
  {
    call: 'open_tree_attr',
    errno: 'EINVAL',
    sentence: 'the file system allows no id map, the namespace has not both maps, or is the superblock’s own',
    source: 'can_idmap_mount() and build_mount_idmapped() in fs/namespace.c',
  },
  {
    call: 'mount_setattr',
    errno: 'EINVAL',
    showing: IDMAP,
    sentence: 'the file system does not allow idmapped mounts (FS_ALLOW_IDMAP)',
    source: 'mount_setattr(2); can_idmap_mount() in fs/namespace.c',
  },
  {
    call: 'mount_setattr',
    errno: 'EINVAL',
    showing: IDMAP,
    sentence: 'the mount is attached already',
    source: 'mount_setattr(2); can_idmap_mount(): is_anon_ns()',
  },
  {
    call: 'mount_setattr',
    errno: 'EINVAL',
    showing: IDMAP,
    sentence: 'the user namespace has no uid map or no gid map (Linux 6.9 and later)',
    source: 'build_mount_idmapped() and alloc_mnt_idmap() in fs/mnt_idmapping.c',
  },
  {
    call: 'mount_setattr',
    errno: 'EINVAL',
    showing: IDMAP,
    sentence: 'the user namespace is the one the file system was mounted in',
    source: 'mount_setattr(2); can_idmap_mount()',
  },
  {
    call: 'mount_setattr',
    errno: 'EINVAL',
    showing: IDMAP,
    sentence: 'the descriptor is of something else than a user namespace',
    source: 'mount_setattr(2); build_mount_idmapped()',
  },
  {
    call: 'mount_setattr',
    errno: 'EPERM',
    showing: IDMAP,
    sentence: 'the mount is idmapped already',
    source: 'mount_setattr(2); can_idmap_mount(): is_idmapped_mnt()',
  },
  {
    call: 'mount_setattr',
    errno: 'EPERM',
    showing: IDMAP,
    sentence: 'the user namespace is the initial one',
    source: 'mount_setattr(2); build_mount_idmapped(): initial_idmapping()',
  },
  {
    call: 'mount_setattr',
    errno: 'EPERM',
    showing: IDMAP,
    sentence: 'CAP_SYS_ADMIN is missing in the namespace of the map, or in the one the file system was mounted in',
    source: 'mount_setattr(2); build_mount_idmapped() and can_idmap_mount()',
  },
  {
    call: 'mount_setattr',
    errno: 'EPERM',
    sentence: `${MAY_MOUNT}, or an attribute is locked`,
    source: 'mount_setattr(2); can_change_locked_flags() in fs/namespace.c',
  },
  {
    call: 'mount_setattr',
    errno: 'EBADF',
    showing: IDMAP,
    sentence: 'a descriptor is closed, or the namespace’s was opened with O_PATH',
    source: 'mount_setattr(2); build_mount_idmapped(): fget()',
  },
  {
    call: 'mount_setattr',
    errno: 'EBUSY',
    sentence: 'a file is open for writing through this mount',
    source: 'mount_setattr(2); mnt_hold_writers() in fs/namespace.c',
  },
  {
    call: 'mount_setattr',
    errno: 'EINVAL',
    sentence: 'the path is not the root of a mount, or the attributes contradict each other',
    source: 'mount_setattr(2); do_mount_setattr() and build_mount_kattr()',
  },
  { call: 'move_mount', errno: 'EPERM', sentence: MAY_MOUNT, source: 'may_mount() in fs/namespace.c' },
  { call: 'move_mount', errno: 'ENOENT', sentence: 'the target does not exist', source: 'move_mount(2)' },
  {
    call: 'move_mount',
    errno: 'ENOTDIR',
    sentence: 'one of source and target is a directory and the other is not',
    source: 'do_move_mount() in fs/namespace.c',
  },
  {
    call: 'move_mount',
    errno: 'EINVAL',
    sentence: 'one of source and target is a directory and the other is not',
    source: 'do_move_mount(): d_is_dir()',
  },
  {
    call: 'move_mount',
    errno: 'EINVAL',
    sentence: 'the target is in another mount namespace, or the mount is not detached',
    source: 'do_move_mount(): check_mnt()',
  },
  { call: 'umount2', errno: 'EBUSY', sentence: 'something below it is open or mounted', source: 'umount(2)' },
  {
    call: 'umount2',
    errno: 'EINVAL',
    sentence: 'it is no mount point, or locked to the mounts around it (a less privileged mount namespace)',
    source: 'umount(2); can_umount() in fs/namespace.c',
  },
  { call: 'umount2', errno: 'EPERM', sentence: MAY_MOUNT, source: 'umount(2)' },
  { call: 'mount', errno: 'EPERM', sentence: MAY_MOUNT, source: 'mount(2)' },
  {
    call: 'mount',
    errno: 'EPERM',
    sentence: 'the file system may be mounted only by root of the initial user namespace (no FS_USERNS_MOUNT)',
    source: 'mount_capable() in fs/super.c',
  },
  { call: 'mount', errno: 'ENODEV', sentence: 'this kernel does not know the file system', source: 'mount(2)' },
  { call: 'fsopen', errno: 'EPERM', sentence: MAY_MOUNT, source: 'fsopen(2); fs/fsopen.c' },
  { call: 'fsopen', errno: 'ENODEV', sentence: 'this kernel does not know the file system', source: 'fsopen(2)' },
  { call: 'fspick', errno: 'EPERM', sentence: MAY_MOUNT, source: 'fspick(2)' },
  {
    call: 'fsconfig',
    errno: 'EPERM',
    showing: 'FSCONFIG_CMD_CREATE',
    sentence: 'the file system may be mounted only by root of the initial user namespace (no FS_USERNS_MOUNT)',
    source: 'mount_capable() in fs/super.c',
  },
  {
    call: 'fsconfig',
    errno: 'EINVAL',
    sentence: 'the file system does not know this parameter, or its value is wrong',
    source: 'fsconfig(2); vfs_parse_fs_param()',
  },
  {
    call: 'fsconfig',
    errno: 'EBUSY',
    sentence: 'the superblock was made already, or the device is in use',
    source: 'fsconfig(2): fc->phase',
  },
  { call: 'fsmount', errno: 'EPERM', sentence: MAY_MOUNT, source: 'fsmount(2)' },
  {
    call: 'fsmount',
    errno: 'EINVAL',
    sentence: 'the superblock was not made (FSCONFIG_CMD_CREATE) yet',
    source: 'fsmount(2): fc->root',
  },
  {
    call: 'clone',
    errno: 'ENOSPC',
    showing: 'CLONE_NEWUSER',
    sentence: 'user.max_user_namespaces is reached, or user namespaces are nested 33 deep',
    source: 'user_namespaces(7); create_user_ns() in kernel/user_namespace.c',
  },
  {
    call: 'clone',
    errno: 'EPERM',
    showing: 'CLONE_NEWUSER',
    sentence:
      'the caller is in a chroot, has no id in its own user namespace, or the system forbids it to the unprivileged',
    source: 'user_namespaces(7); create_user_ns(); Debian’s kernel.unprivileged_userns_clone',
  },
  { call: 'clone', errno: 'EPERM', showing: 'CLONE_NEWNS', sentence: 'CAP_SYS_ADMIN is missing', source: 'clone(2)' },
  {
    call: 'clone',
    errno: 'EAGAIN',
    sentence: 'RLIMIT_NPROC or the cgroup’s pids.max is reached',
    source: 'clone(2)',
  },
  {
    call: 'unshare',
    errno: 'ENOSPC',
    showing: 'CLONE_NEWUSER',
    sentence: 'user.max_user_namespaces is reached, or user namespaces are nested 33 deep',
    source: 'user_namespaces(7); create_user_ns() in kernel/user_namespace.c',
  },
  {
    call: 'unshare',
    errno: 'EPERM',
    showing: 'CLONE_NEWUSER',
    sentence:
      'the caller is in a chroot, has no id in its own user namespace, or the system forbids it to the unprivileged',
    source: 'user_namespaces(7); create_user_ns(); Debian’s kernel.unprivileged_userns_clone',
  },
  {
    call: 'unshare',
    errno: 'EINVAL',
    showing: 'CLONE_NEWUSER',
    sentence: 'the caller has several threads',
    source: 'unshare(2); check_unshare_flags() in kernel/fork.c',
  },
  { call: 'unshare', errno: 'EPERM', sentence: 'CAP_SYS_ADMIN is missing', source: 'unshare(2)' },
  {
    call: 'setns',
    errno: 'EINVAL',
    sentence: 'it is the caller’s own user namespace, or the caller has several threads, or it is of another kind',
    source: 'setns(2); userns_install() in kernel/user_namespace.c',
  },
  {
    call: 'setns',
    errno: 'EPERM',
    sentence: 'CAP_SYS_ADMIN is missing in the user namespace that owns it',
    source: 'setns(2)',
  },
  { call: 'setns', errno: 'ESRCH', sentence: NO_SUCH_PROCESS, source: 'setns(2)' },
  { call: 'pidfd_open', errno: 'ESRCH', sentence: NO_SUCH_PROCESS, source: 'pidfd_open(2)' },
  {
    call: 'pidfd_open',
    errno: 'EINVAL',
    sentence: 'it is a thread that leads no process, or no number of a process',
    source: 'pidfd_open(2)',
  },
  {
    call: 'pidfd_getfd',
    errno: 'EPERM',
    sentence: 'the caller may not trace that process (PTRACE_MODE_ATTACH_REALCREDS)',
    source: 'pidfd_getfd(2)',
  },
  { call: 'setresuid', errno: 'EINVAL', sentence: 'the user namespace does not map this uid', source: 'setresuid(2)' },
  { call: 'setresgid', errno: 'EINVAL', sentence: 'the user namespace does not map this gid', source: 'setresgid(2)' },
  { call: 'setresuid', errno: 'EPERM', sentence: 'CAP_SETUID is missing', source: 'setresuid(2)' },
  { call: 'setresgid', errno: 'EPERM', sentence: 'CAP_SETGID is missing', source: 'setresgid(2)' },
  {
    call: 'setgroups',
    errno: 'EPERM',
    sentence: 'CAP_SETGID is missing, or the user namespace’s setgroups file says deny, or it has no gid map yet',
    source: 'setgroups(2); user_namespaces(7)',
  },
  {
    call: 'setgroups',
    errno: 'EINVAL',
    sentence: 'the user namespace does not map one of the gids',
    source: 'setgroups(2)',
  },
  {
    call: 'capset',
    errno: 'EPERM',
    sentence: 'a capability was asked for that the caller is not permitted',
    source: 'capset(2)',
  },
]

import type { Blame } from '../error.ts'
import { SyscallError } from './errno.ts'

/** What was found to lie behind a refusal. Stable. */
export type DiagnosisCode =
  /** The file system does not let its mounts be idmapped (no FS_ALLOW_IDMAP; or SB_I_NOIDMAP, as a FUSE server has it). */
  | 'FILESYSTEM_NOT_IDMAPPABLE'
  | 'MOUNT_ALREADY_IDMAPPED'
  /** Only a detached mount can be given a map. */
  | 'MOUNT_ATTACHED'
  | 'NOT_A_MOUNT'
  /** A file is open for writing through the mount. */
  | 'MOUNT_BUSY'
  | 'USERNS_INITIAL'
  /** The namespace is the one the file system was mounted in. */
  | 'USERNS_OF_SUPERBLOCK'
  | 'USERNS_UNMAPPED'
  | 'NOT_A_USERNS'
  | 'PATH_MISSING'
  /** A directory was to be mounted on a file, or a file on a directory. */
  | 'TARGET_OF_OTHER_KIND'
  | 'NO_SUCH_PROCESS'
  | 'DESCRIPTOR_CLOSED'
  /** CAP_SYS_ADMIN is missing in the user namespace that owns the caller's mount namespace. */
  | 'NO_CAP_OVER_MOUNTS'
  /** CAP_SYS_ADMIN is missing in the user namespace the map comes from. */
  | 'NO_CAP_OVER_USERNS'
  /** CAP_SYS_ADMIN is missing in the user namespace the file system was mounted in. */
  | 'NO_CAP_OVER_SUPERBLOCK'
  /** The process is neither the caller's own nor in a user namespace where it has CAP_SYS_PTRACE. */
  | 'NO_CAP_OVER_PROCESS'
  | 'KERNEL_TOO_OLD'
  /** user.max_user_namespaces is used up. */
  | 'USERNS_LIMIT'
  /** User namespaces are nested as deep as they can be: 33 below the initial one. */
  | 'USERNS_TOO_DEEP'
  /** kernel.unprivileged_userns_clone (Debian) is 0. */
  | 'USERNS_FORBIDDEN_BY_DEBIAN'
  /** kernel.apparmor_restrict_unprivileged_userns (Ubuntu) is 1. */
  | 'USERNS_FORBIDDEN_BY_APPARMOR'
  | 'USERNS_IN_CHROOT'
  /** The kernel refused an extent of uid_map or gid_map. */
  | 'USERNS_MAP_REFUSED'
  | 'USERNS_MAP_WRITTEN_ALREADY'
  /** The file system may be mounted only by root of the initial user namespace. */
  | 'FILESYSTEM_NOT_FOR_USERNS'

/** What was found by looking, once a call had been refused. */
export type Diagnosis = { readonly code: DiagnosisCode; readonly sentence: string }

/**
 * A refusal whose reason was found by looking at the system after it: `code` is the reason's, `errno` still the
 * kernel's, and `cause` the plain {@link SyscallError}.
 */
export class DiagnosedError extends SyscallError {
  override readonly code: DiagnosisCode
  override readonly blame: Blame
  override readonly cause: SyscallError

  constructor(refused: SyscallError, { code, sentence }: Diagnosis) {
    const { errno, syscall, args, actor } = refused
    super({ errno, syscall, args, ...(actor === undefined ? {} : { actor }) })
    this.message = `${sentence} (${syscall}: ${refused.code})`
    this.code = code
    this.blame = usersFaults.has(code) ? 'user' : 'kernel'
    this.cause = refused
  }
}

/** What was asked for can't be, on any kernel. */
const usersFaults: ReadonlySet<DiagnosisCode> = new Set([
  'MOUNT_ALREADY_IDMAPPED',
  'MOUNT_ATTACHED',
  'NOT_A_MOUNT',
  'USERNS_INITIAL',
  'USERNS_OF_SUPERBLOCK',
  'USERNS_UNMAPPED',
  'NOT_A_USERNS',
  'PATH_MISSING',
  'TARGET_OF_OTHER_KIND',
  'NO_SUCH_PROCESS',
  'DESCRIPTOR_CLOSED',
])

/** Runs `act`; a refusal is looked into by `look`, and thrown with what it found, or as it was. */
export function diagnosed<T>(act: () => T, look: (refused: SyscallError) => Diagnosis | undefined): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof SyscallError) || error instanceof DiagnosedError) throw error
    const found = look(error)
    throw found === undefined ? error : new DiagnosedError(error, found)
  }
}

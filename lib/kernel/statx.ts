import { type Caller, call } from './caller.ts'

const AT_FDCWD = -100
const AT_SYMLINK_NOFOLLOW = 0x100
const AT_EMPTY_PATH = 0x1000
const STATX_BASIC_STATS = 0x7ff
/** STATX_UID and STATX_GID: without them the owner's fields hold nothing. */
const STATX_OWNER = 0x18
const STATX_MNT_ID = 0x1000
const STATX_MNT_ID_UNIQUE = 0x4000
/** `struct statx` of include/uapi/linux/stat.h, in bytes. */
export const StatxLayout = {
  bytes: 256,
  mask: 0,
  uid: 20,
  gid: 24,
  mode: 28,
  inode: 32,
  size: 40,
  deviceMajor: 136,
  deviceMinor: 140,
  mountId: 144,
} as const

/** What is looked at: a path (a symbolic link is itself), or an open descriptor of the caller, O_PATH ones too. */
export type Place = string | { readonly fd: number }

/** The S_IFMT of a file, in words. */
export type FileType = 'file' | 'directory' | 'symlink' | 'socket' | 'fifo' | 'block' | 'character'

/** What statx(2) tells of a file, ids as the caller sees them. */
export type FileStatus = {
  readonly type: FileType
  /** Permission bits with set-id and sticky bits: 0 … 0o7777. */
  readonly mode: number
  /** As the caller's user namespace sees it: the overflow uid (65534) when it has no mapping. */
  readonly uid: number
  readonly gid: number
  /** Bytes. */
  readonly size: number
}

/** A {@link FileStatus} and where the file is: which inode of which file system, through which mount. */
export type LocatedStatus = FileStatus & {
  readonly inode: bigint
  /** `major:minor` as stat(2) gives it; btrfs gives each subvolume one of its own. */
  readonly device: string
  /** The mount's number in `/proc/PID/mountinfo`; since Linux 5.8. */
  readonly mountId: number | undefined
  /** The mount's number that is never used again, as statmount(2) wants it; since Linux 6.8. */
  readonly uniqueMountId: bigint | undefined
}

const types: ReadonlyMap<number, FileType> = new Map([
  [0o14, 'socket'],
  [0o12, 'symlink'],
  [0o10, 'file'],
  [0o06, 'block'],
  [0o04, 'directory'],
  [0o02, 'character'],
  [0o01, 'fifo'],
])

/** statx(2), Linux 4.11: the owner and kind of a file. */
export function statusOf(caller: Caller, place: Place): FileStatus {
  return status(statx(caller, place, STATX_BASIC_STATS), place)
}

/** statx(2) with the mount's ids (5.8 and 6.8; `undefined` from an older kernel). */
export function locatedStatusOf(caller: Caller, place: Place): LocatedStatus {
  const named = Buffer.from(statx(caller, place, STATX_BASIC_STATS | STATX_MNT_ID))
  const unique = statx(caller, place, STATX_MNT_ID_UNIQUE)
  return {
    ...status(named, place),
    inode: named.readBigUInt64LE(StatxLayout.inode),
    device: `${named.readUInt32LE(StatxLayout.deviceMajor)}:${named.readUInt32LE(StatxLayout.deviceMinor)}`,
    mountId: filled(named, STATX_MNT_ID) ? Number(named.readBigUInt64LE(StatxLayout.mountId)) : undefined,
    uniqueMountId: filled(unique, STATX_MNT_ID_UNIQUE) ? unique.readBigUInt64LE(StatxLayout.mountId) : undefined,
  }
}

/** The number of the mount a place is on, as mountinfo has it; a symbolic link is followed. statx(2) with STATX_MNT_ID, Linux 5.8. */
export function mountIdOf(caller: Caller, place: Place): number {
  const reply = statx(caller, place, STATX_MNT_ID, 0)
  if (!filled(reply, STATX_MNT_ID))
    throw new Error(`statx(${nameOf(place)}) gave no mount id, which it does since Linux 5.8`)
  return reply.readUInt32LE(StatxLayout.mountId) + 2 ** 32 * reply.readUInt32LE(StatxLayout.mountId + 4)
}

function statx(caller: Caller, place: Place, mask: number, links = AT_SYMLINK_NOFOLLOW): Buffer {
  const reply = caller.scratch.reserve(StatxLayout.bytes)
  const byPath = typeof place === 'string'
  const at = byPath ? AT_FDCWD : place.fd
  const flags = byPath ? links : AT_EMPTY_PATH
  call(caller, 'statx', [at, byPath ? place : '', flags, mask, reply.address], () => [nameOf(place)])
  return reply.bytes
}

function status(reply: Buffer, place: Place): FileStatus {
  if (!filled(reply, STATX_OWNER))
    throw new Error(
      `statx(${nameOf(place)}) gave no owner (mask 0x${reply.readUInt32LE(StatxLayout.mask).toString(16)})`,
    )
  const mode = reply.readUInt16LE(StatxLayout.mode)
  return {
    type: types.get(mode >> 12) ?? 'file',
    mode: mode & 0o7777,
    uid: reply.readUInt32LE(StatxLayout.uid),
    gid: reply.readUInt32LE(StatxLayout.gid),
    size: Number(reply.readBigUInt64LE(StatxLayout.size)),
  }
}

function filled(reply: Buffer, mask: number): boolean {
  return (reply.readUInt32LE(StatxLayout.mask) & mask) === mask
}

/** How messages name a place. */
export function nameOf(place: Place): string {
  return typeof place === 'string' ? place : `fd ${place.fd}`
}

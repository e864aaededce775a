import { constants } from 'node:os'
import { type Blame, IdmaplabError } from '../error.ts'
import type { Id } from '../idmap/extent.ts'
import type { Caller } from './caller.ts'
import { SyscallError } from './errno.ts'
import type { Place } from './statx.ts'
import { getXattr, setXattr } from './xattr.ts'

const ATTRIBUTE = 'security.capability'
const REVISION_SHIFT = 24
const EFFECTIVE = 1
/** XATTR_CAPS_SZ_1 … 3 of include/uapi/linux/capability.h. */
const sizes = { 1: 12, 2: 20, 3: 24 } as const

/** What executing a file gives (capabilities(7), "File capabilities"). */
export type FileCapability = {
  /** 1 is of Linux 2.6.24; 2 counts in the initial user namespace; 3 (Linux 4.14) where {@link rootid} is root. */
  readonly version: 1 | 2 | 3
  /** Whether the permitted ones are in effect at once. */
  readonly effective: boolean
  /** Bit n is capability n. */
  readonly permitted: bigint
  readonly inheritable: bigint
  /** Of version 3: the uid that is root of the user namespace in which the file's capabilities count, as the reader sees it. */
  readonly rootid?: Id
}

/** The bytes of `security.capability` are of no version known. */
export class FileCapabilityFormatError extends IdmaplabError {
  readonly code = 'FILE_CAPABILITY_FORMAT'
  readonly blame: Blame = 'kernel'
}

/** The file's capabilities; `'unseen'` when their rootid has no id in the caller's user namespace (EOVERFLOW); `undefined` when it has none. */
export function readFileCapability(caller: Caller, place: Place): FileCapability | 'unseen' | undefined {
  try {
    const bytes = getXattr(caller, place, ATTRIBUTE)
    return bytes === undefined ? undefined : decodeFileCapability(bytes)
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    if (error.errno === constants.errno.EOVERFLOW) return 'unseen'
    if (error.errno === constants.errno.EOPNOTSUPP) return undefined
    throw error
  }
}

/** setcap(8) by setxattr(2). Needs CAP_SETFCAP over the inode; EINVAL: the mount or the caller has no mapping for the rootid. */
export function writeFileCapability(caller: Caller, place: Place, capability: FileCapability): void {
  setXattr(caller, place, ATTRIBUTE, encodeFileCapability(capability))
}

/** Reads a `struct vfs_cap_data` (versions 1 and 2) or `struct vfs_ns_cap_data` (3). */
export function decodeFileCapability(bytes: Uint8Array): FileCapability {
  const buffer = Buffer.from(bytes)
  const magic = buffer.length < 4 ? 0 : buffer.readUInt32LE(0)
  const version = magic >>> REVISION_SHIFT
  if (!isVersion(version) || buffer.length !== sizes[version])
    throw new FileCapabilityFormatError(
      `security.capability is of no known version: ${buffer.length} bytes, first word 0x${magic.toString(16)}`,
    )
  const high = (at: number) => (version === 1 ? 0n : BigInt(buffer.readUInt32LE(at)) << 32n)
  return {
    version,
    effective: (magic & EFFECTIVE) !== 0,
    permitted: BigInt(buffer.readUInt32LE(4)) | high(12),
    inheritable: BigInt(buffer.readUInt32LE(8)) | high(16),
    ...(version === 3 ? { rootid: buffer.readUInt32LE(20) } : {}),
  }
}

/** The bytes for setxattr(2). */
export function encodeFileCapability(capability: FileCapability): Buffer {
  const { version, effective, permitted, inheritable, rootid = 0 } = capability
  const bytes = Buffer.alloc(sizes[version])
  bytes.writeUInt32LE(((version << REVISION_SHIFT) | (effective ? EFFECTIVE : 0)) >>> 0, 0)
  bytes.writeUInt32LE(Number(permitted & 0xffff_ffffn), 4)
  bytes.writeUInt32LE(Number(inheritable & 0xffff_ffffn), 8)
  if (version === 1) return bytes
  bytes.writeUInt32LE(Number(permitted >> 32n), 12)
  bytes.writeUInt32LE(Number(inheritable >> 32n), 16)
  if (version === 3) bytes.writeUInt32LE(rootid, 20)
  return bytes
}

function isVersion(value: number): value is 1 | 2 | 3 {
  return value === 1 || value === 2 || value === 3
}

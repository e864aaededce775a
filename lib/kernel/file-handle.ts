import { type Caller, call } from './caller.ts'
import { nameOf, type Place } from './statx.ts'

const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const MAX_HANDLE_SZ = 128
const HEADER_BYTES = 8

/** A name for an inode that any mount of its file system understands: opaque, of the file system's own making. */
export type FileHandle = {
  readonly type: number
  readonly bytes: Uint8Array
  /** The mountinfo id of the mount it was asked through. */
  readonly mountId: number
}

/** name_to_handle_at(2), Linux 2.6.39. EOPNOTSUPP: the file system has no handles (overlayfs without `nfs_export`, for one). A symbolic link is itself. */
export function fileHandleOf(caller: Caller, place: Place): FileHandle {
  const handle = caller.scratch.reserve(HEADER_BYTES + MAX_HANDLE_SZ)
  const mountId = caller.scratch.reserve(4)
  handle.bytes.writeUInt32LE(MAX_HANDLE_SZ, 0)
  const [fd, path, flags] = typeof place === 'string' ? [AT_FDCWD, place, 0] : [place.fd, '', AT_EMPTY_PATH]
  call(caller, 'name_to_handle_at', [fd, path, handle.address, mountId.address, flags], [nameOf(place)])
  return {
    type: handle.bytes.readInt32LE(4),
    bytes: Buffer.from(handle.bytes.subarray(HEADER_BYTES, HEADER_BYTES + handle.bytes.readUInt32LE(0))),
    mountId: mountId.bytes.readInt32LE(0),
  }
}

/**
 * open_by_handle_at(2): the same inode through the mount that `mountFd` is a descriptor of; O_PATH opens it for looking only.
 * Needs CAP_DAC_READ_SEARCH in the initial user namespace (EPERM). ESTALE: the inode is gone, or of another file system.
 */
export function openByHandle(caller: Caller, mountFd: number, handle: FileHandle, flags: number): number {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(handle.bytes.length, 0)
  header.writeInt32LE(handle.type, 4)
  const bytes = Buffer.concat([header, handle.bytes])
  return call(
    caller,
    'open_by_handle_at',
    [mountFd, bytes, flags],
    [`fd ${mountFd}`, `<handle of ${handle.bytes.length} bytes>`],
  )
}

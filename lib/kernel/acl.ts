import { constants } from 'node:os'
import { type Blame, IdmaplabError } from '../error.ts'
import { type Id, INVALID_ID } from '../idmap/extent.ts'
import type { Caller } from './caller.ts'
import { SyscallError } from './errno.ts'
import type { Place } from './statx.ts'
import { getXattr, setXattr } from './xattr.ts'

/** Which of a file's two lists: who may use it, or (of a directory) what new files in it begin with. */
export type AclKind = 'access' | 'default'

/** The kernel's own tags: the owner, a named user, the owning group, a named group, the mask, everybody else (acl(5)). */
export type AclTag = 'user_obj' | 'user' | 'group_obj' | 'group' | 'mask' | 'other'

/** One entry of a POSIX ACL. */
export type AclEntry = {
  readonly tag: AclTag
  /** Read 4, write 2, execute 1. */
  readonly permissions: number
  /**
   * Of `user` and `group` only. `undefined` there: an id that the reader has none for. The kernel shows it as 4294967295,
   * not as 65534, in these lists alone.
   */
  readonly id?: Id | undefined
}

/** An ACL's bytes are not what include/uapi/linux/posix_acl_xattr.h describes. */
export class AclFormatError extends IdmaplabError {
  readonly code = 'ACL_FORMAT'
  readonly blame: Blame = 'kernel'
}

const VERSION = 2
const HEADER_BYTES = 4
const ENTRY_BYTES = 8
const tags: readonly (readonly [number, AclTag])[] = [
  [0x01, 'user_obj'],
  [0x02, 'user'],
  [0x04, 'group_obj'],
  [0x08, 'group'],
  [0x10, 'mask'],
  [0x20, 'other'],
]

/** The ACL at `place` with its ids as the caller's user namespace sees them through the mount; `undefined` where there is none. */
export function readAcl(caller: Caller, place: Place, kind: AclKind): readonly AclEntry[] | undefined {
  try {
    const bytes = getXattr(caller, place, attribute(kind))
    return bytes === undefined ? undefined : decodeAcl(bytes)
  } catch (error) {
    if (error instanceof SyscallError && error.errno === constants.errno.EOPNOTSUPP) return undefined
    throw error
  }
}

/** Replaces the ACL at `place`; ids are the caller's own. EINVAL: no valid ACL, or an id the caller or the mount has no mapping for. */
export function writeAcl(caller: Caller, place: Place, kind: AclKind, entries: readonly AclEntry[]): void {
  setXattr(caller, place, attribute(kind), encodeAcl(entries))
}

/** Reads `system.posix_acl_access` or `system.posix_acl_default` as the kernel hands it out. */
export function decodeAcl(bytes: Uint8Array): readonly AclEntry[] {
  const buffer = Buffer.from(bytes)
  if (buffer.length < HEADER_BYTES || buffer.readUInt32LE(0) !== VERSION)
    throw new AclFormatError(`a POSIX ACL begins with version ${VERSION}, this one does not (${buffer.length} bytes)`)
  if ((buffer.length - HEADER_BYTES) % ENTRY_BYTES !== 0)
    throw new AclFormatError(
      `a POSIX ACL has ${ENTRY_BYTES} bytes an entry, this one has ${buffer.length} bytes in all`,
    )
  const count = (buffer.length - HEADER_BYTES) / ENTRY_BYTES
  return Array.from({ length: count }, (_, index) => decodeEntry(buffer, HEADER_BYTES + ENTRY_BYTES * index))
}

/** The bytes for setxattr(2). The kernel wants the entries in the order of their tags, named ones by id. */
export function encodeAcl(entries: readonly AclEntry[]): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + ENTRY_BYTES * entries.length)
  bytes.writeUInt32LE(VERSION, 0)
  entries.forEach(({ tag, permissions, id }, index) => {
    const at = HEADER_BYTES + ENTRY_BYTES * index
    bytes.writeUInt16LE(tags.find(([, name]) => name === tag)?.[0] ?? 0, at)
    bytes.writeUInt16LE(permissions, at + 2)
    bytes.writeUInt32LE(id ?? INVALID_ID, at + 4)
  })
  return bytes
}

/** An entry's permissions as ls(1) shows them, e.g. `rw-`. */
export function permissionLetters(permissions: number): string {
  return [...'rwx'].map((letter, index) => (permissions & (4 >> index) ? letter : '-')).join('')
}

function decodeEntry(bytes: Buffer, at: number): AclEntry {
  const number = bytes.readUInt16LE(at)
  const tag = tags.find(([value]) => value === number)?.[1]
  if (tag === undefined) throw new AclFormatError(`a POSIX ACL has no tag 0x${number.toString(16)}`)
  const permissions = bytes.readUInt16LE(at + 2)
  const id = bytes.readUInt32LE(at + 4)
  if (tag !== 'user' && tag !== 'group') return { tag, permissions }
  return { tag, permissions, id: id === INVALID_ID ? undefined : id }
}

function attribute(kind: AclKind): string {
  return `system.posix_acl_${kind}`
}

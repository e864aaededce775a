/** What statmount(2) can be asked for (include/uapi/linux/mount.h, STATMOUNT_…). */
export const StatmountMask = {
  superblock: 0x1n,
  mount: 0x2n,
  propagateFrom: 0x4n,
  root: 0x8n,
  mountPoint: 0x10n,
  type: 0x20n,
  namespace: 0x40n,
  options: 0x80n,
  subtype: 0x100n,
  source: 0x200n,
  /** Linux 6.15. */
  supported: 0x1000n,
  uidMap: 0x2000n,
  gidMap: 0x4000n,
} as const

/** `sizeof(struct mnt_id_req)` of Linux 6.8, MNT_ID_REQ_SIZE_VER0: a mount of the caller's own mount namespace. */
export const MOUNT_REQUEST_BYTES = 24

/** Where `struct statmount` keeps its fields, in bytes; its strings begin at `strings`. */
export const statmountOffsets = {
  size: 0,
  options: 4,
  mask: 8,
  deviceMajor: 16,
  deviceMinor: 20,
  magic: 24,
  type: 36,
  id: 40,
  parentId: 48,
  oldId: 56,
  attributes: 64,
  root: 104,
  mountPoint: 108,
  namespace: 112,
  subtype: 120,
  source: 124,
  supported: 144,
  uidMapCount: 152,
  uidMap: 156,
  gidMapCount: 160,
  gidMap: 164,
  strings: 512,
} as const

const MOUNT_ATTR_IDMAP = 0x100000n

/** The fields of a reply; `undefined` where the kernel filled none. */
export type StatmountReply = {
  /** Bits of {@link StatmountMask} that were answered. */
  readonly mask: bigint
  readonly device: string | undefined
  /** statfs(2)'s `f_type`. */
  readonly magic: number | undefined
  readonly id: bigint | undefined
  readonly parentId: bigint | undefined
  /** The id that mountinfo shows. */
  readonly oldId: number | undefined
  readonly idmapped: boolean | undefined
  readonly root: string | undefined
  readonly mountPoint: string | undefined
  readonly type: string | undefined
  readonly subtype: string | undefined
  readonly source: string | undefined
  readonly options: string | undefined
  readonly namespace: bigint | undefined
  /** The bits this kernel knows at all; since Linux 6.15. */
  readonly supported: bigint | undefined
  /** One line `first lower count` an extent. */
  readonly uidMap: readonly string[] | undefined
  readonly gidMap: readonly string[] | undefined
}

/** `struct mnt_id_req`: `param` is statmount's mask or the mount listmount continues after. */
export function encodeMountRequest(mountId: bigint, param: bigint): Buffer {
  const request = Buffer.alloc(MOUNT_REQUEST_BYTES)
  request.writeUInt32LE(MOUNT_REQUEST_BYTES, 0)
  request.writeBigUInt64LE(mountId, 8)
  request.writeBigUInt64LE(param, 16)
  return request
}

/** Reads a `struct statmount` with its strings. */
export function decodeStatmount(bytes: Buffer): StatmountReply {
  const at = statmountOffsets
  const mask = bytes.readBigUInt64LE(at.mask)
  const when = <T>(bit: bigint, read: () => T) => ((mask & bit) === bit ? read() : undefined)
  const text = (offset: number) => stringsAt(bytes, offset, 1)[0] ?? ''
  return {
    mask,
    device: when(
      StatmountMask.superblock,
      () => `${bytes.readUInt32LE(at.deviceMajor)}:${bytes.readUInt32LE(at.deviceMinor)}`,
    ),
    magic: when(StatmountMask.superblock, () => Number(bytes.readBigUInt64LE(at.magic))),
    id: when(StatmountMask.mount, () => bytes.readBigUInt64LE(at.id)),
    parentId: when(StatmountMask.mount, () => bytes.readBigUInt64LE(at.parentId)),
    oldId: when(StatmountMask.mount, () => bytes.readUInt32LE(at.oldId)),
    idmapped: when(StatmountMask.mount, () => (bytes.readBigUInt64LE(at.attributes) & MOUNT_ATTR_IDMAP) !== 0n),
    root: when(StatmountMask.root, () => text(at.root)),
    mountPoint: when(StatmountMask.mountPoint, () => text(at.mountPoint)),
    type: when(StatmountMask.type, () => text(at.type)),
    subtype: when(StatmountMask.subtype, () => text(at.subtype)),
    source: when(StatmountMask.source, () => text(at.source)),
    options: when(StatmountMask.options, () => text(at.options)),
    namespace: when(StatmountMask.namespace, () => bytes.readBigUInt64LE(at.namespace)),
    supported: when(StatmountMask.supported, () => bytes.readBigUInt64LE(at.supported)),
    uidMap: when(StatmountMask.uidMap, () => stringsAt(bytes, at.uidMap, bytes.readUInt32LE(at.uidMapCount))),
    gidMap: when(StatmountMask.gidMap, () => stringsAt(bytes, at.gidMap, bytes.readUInt32LE(at.gidMapCount))),
  }
}

/** `count` strings, one after the other, each ended by a zero; the field holds where the first begins. */
function stringsAt(bytes: Buffer, field: number, count: number): string[] {
  const found: string[] = []
  let from = statmountOffsets.strings + bytes.readUInt32LE(field)
  for (let i = 0; i < count; i++) {
    const end = bytes.indexOf(0, from)
    found.push(bytes.toString('utf8', from, end < 0 ? bytes.length : end))
    from = end + 1
  }
  return found
}

import type { IdMap } from '../idmap/map.ts'
import type { Half } from '../idmap/problem.ts'
import { parseKernelMap } from '../syntax/kernel.ts'
import { type Caller, call } from './caller.ts'
import { decodeStatmount, encodeMountRequest, StatmountMask, type StatmountReply } from './statmount-layout.ts'

/** listmount(2): the mount namespace's root mount. */
export const LSMT_ROOT = 0xffff_ffff_ffff_ffffn

const REPLY_BYTES = 64 * 1024
const LIST_CHUNK = 512

/**
 * statmount(2), Linux 6.8: what the kernel says of a mount of the caller's own mount namespace. `mask`: bits of
 * {@link StatmountMask}; the reply's mask says which of them this kernel filled.
 * ENOENT: no such mount in the namespace; EPERM: it is outside the caller's root directory; ENOSYS before 6.8.
 * Not for the id maps: ask {@link statmountMap}.
 */
export function statmount(caller: Caller, mountId: bigint, mask: bigint): StatmountReply {
  const reply = caller.scratch.reserve(REPLY_BYTES)
  const request = encodeMountRequest(mountId, mask)
  call(
    caller,
    'statmount',
    [request, reply.address, REPLY_BYTES, 0],
    [`mount ${mountId}`, `mask 0x${mask.toString(16)}`],
  )
  return decodeStatmount(reply.bytes)
}

/**
 * The map of an idmapped mount (Linux 6.15): what an id of the file system is in the caller's user namespace; extents
 * the caller's namespace does not map wholly are left out. `undefined`: the mount is not idmapped, or the kernel is older.
 *
 * From 6.15 to 6.17.9 the call kills its caller when the mount is idmapped (statmount_string() used an offset it had not
 * set; mended in 6.17.10 and 6.18), so ask `mapsCanBeAsked` first. One half at a time, and nothing with it: a reply
 * that ends with the kernel's buffer (12 KiB) was written one byte past it before 6.18.34 (CVE-2026-64074), and the
 * longest map is shorter than that.
 */
export function statmountMap(caller: Caller, mountId: bigint, half: Half): IdMap<'disk', 'host'> | undefined {
  const reply = statmount(caller, mountId, half === 'uid' ? StatmountMask.uidMap : StatmountMask.gidMap)
  const lines = half === 'uid' ? reply.uidMap : reply.gidMap
  return lines === undefined
    ? undefined
    : parseKernelMap<'disk', 'host'>(lines.join('\n'), { from: 'disk', to: 'host', half })
}

/** listmount(2), Linux 6.8: the mounts below `parent` ({@link LSMT_ROOT}: all of the namespace below the root mount), in the caller's mount namespace. */
export function listmount(caller: Caller, parent: bigint = LSMT_ROOT): readonly bigint[] {
  const found: bigint[] = []
  for (;;) {
    const chunk = listAfter(caller, parent, found.at(-1) ?? 0n)
    found.push(...chunk)
    if (chunk.length < LIST_CHUNK) return found
  }
}

function listAfter(caller: Caller, parent: bigint, last: bigint): bigint[] {
  const ids = caller.scratch.reserve(8 * LIST_CHUNK)
  const request = encodeMountRequest(parent, last)
  const count = call(caller, 'listmount', [request, ids.address, LIST_CHUNK, 0], [`mount ${parent}`, `after ${last}`])
  return Array.from({ length: count }, (_, index) => ids.bytes.readBigUInt64LE(8 * index))
}

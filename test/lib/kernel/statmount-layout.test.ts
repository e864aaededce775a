import { describe, expect, test } from 'vitest'
import {
  decodeStatmount,
  encodeMountRequest,
  MOUNT_REQUEST_BYTES,
  StatmountMask,
  statmountOffsets,
} from '../../../lib/kernel/statmount-layout.ts'
import { outputOfC } from './c-program.ts'

/** include/uapi/linux/mount.h of Linux 6.15, `struct statmount`, field by field: [name, bytes]. */
const uapi: readonly (readonly [string, number])[] = [
  ['size', 4],
  ['options', 4],
  ['mask', 8],
  ['deviceMajor', 4],
  ['deviceMinor', 4],
  ['magic', 8],
  ['sb_flags', 4],
  ['type', 4],
  ['id', 8],
  ['parentId', 8],
  ['oldId', 4],
  ['mnt_parent_id_old', 4],
  ['attributes', 8],
  ['mnt_propagation', 8],
  ['mnt_peer_group', 8],
  ['mnt_master', 8],
  ['propagate_from', 8],
  ['root', 4],
  ['mountPoint', 4],
  ['namespace', 8],
  ['subtype', 4],
  ['source', 4],
  ['opt_num', 4],
  ['opt_array', 4],
  ['opt_sec_num', 4],
  ['opt_sec_array', 4],
  ['supported', 8],
  ['uidMapCount', 4],
  ['uidMap', 4],
  ['gidMapCount', 4],
  ['gidMap', 4],
  ['__spare2', 43 * 8],
  ['strings', 0],
]

test('every field is where the kernel’s header puts it', () => {
  let at = 0
  const offsets = new Map<string, number>()
  for (const [name, bytes] of uapi) {
    offsets.set(name, at)
    at += bytes
  }
  for (const [name, offset] of Object.entries(statmountOffsets))
    expect([name, offsets.get(name)]).toEqual([name, offset])
})

test('a request is struct mnt_id_req, version 0', () => {
  const request = encodeMountRequest(0x1122334455667788n, StatmountMask.uidMap)
  expect(request.toString('hex')).toBe(`18000000${'00000000'}8877665544332211${'0020000000000000'}`)
})

// Headers of Linux 6.15 or later are rare on a machine; where they are, they have the last word.
const header = compile()
describe.skipIf(header === undefined)(
  `against this machine’s headers${header === undefined ? ' (left out: no C compiler, or linux/mount.h is older than 6.15)' : ''}`,
  () => {
    test('the sizes and offsets are the compiler’s', () => {
      const { strings, supported, uidMap, gidMap } = statmountOffsets
      expect(header).toEqual([MOUNT_REQUEST_BYTES, strings, supported, uidMap, gidMap])
    })
  },
)

function compile(): number[] | undefined {
  const said = outputOfC(`#include <linux/mount.h>
#include <stddef.h>
#include <stdio.h>
#define AT(f) offsetof(struct statmount, f)
int main(void) { printf("%d %zu %zu %zu %zu\\n", MNT_ID_REQ_SIZE_VER0, AT(str), AT(supported_mask), AT(mnt_uidmap), AT(mnt_gidmap)); }
`)
  return said?.trim().split(' ').map(Number)
}

function replyOf(mask: bigint, fill: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(1024)
  bytes.writeBigUInt64LE(mask, statmountOffsets.mask)
  fill(bytes)
  return bytes
}

test('a reply’s strings are where its fields point, and what was not answered is undefined', () => {
  const reply = decodeStatmount(
    replyOf(StatmountMask.type | StatmountMask.uidMap | StatmountMask.mount, bytes => {
      bytes.write('ext4\x000 100000 65536\x0070000 1005 1\x00', statmountOffsets.strings)
      bytes.writeUInt32LE(0, statmountOffsets.type)
      bytes.writeUInt32LE(2, statmountOffsets.uidMapCount)
      bytes.writeUInt32LE(5, statmountOffsets.uidMap)
      bytes.writeBigUInt64LE(0x100001n, statmountOffsets.attributes)
    }),
  )
  expect(reply).toMatchObject({ type: 'ext4', uidMap: ['0 100000 65536', '70000 1005 1'], idmapped: true })
  expect([reply.gidMap, reply.mountPoint, reply.device, reply.supported]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('an empty map is a map, not an unanswered question', () => {
  expect(decodeStatmount(replyOf(StatmountMask.gidMap, () => {})).gidMap).toEqual([])
})

import { describe, expect, test } from 'vitest'
import {
  attributeBits,
  describeChange,
  encodeMountAttributes,
  MountAttr,
  type MountChange,
} from '../../../lib/kernel/mount-attributes.ts'

/** The four words of struct mount_attr: attr_set, attr_clr, propagation, userns_fd. */
function words(...encode: Parameters<typeof encodeMountAttributes>): readonly bigint[] {
  const bytes = Buffer.from(encodeMountAttributes(...encode))
  expect(bytes).toHaveLength(32)
  return [0, 8, 16, 24].map(at => bytes.readBigUInt64LE(at))
}

// The numbers are those of include/uapi/linux/mount.h.
describe('a change as struct mount_attr', () => {
  test('without anything named changes nothing', () => {
    expect(words({})).toEqual([0n, 0n, 0n, 0n])
  })

  test.each([
    ['readOnly', 0x1n],
    ['nosuid', 0x2n],
    ['nodev', 0x4n],
    ['noexec', 0x8n],
    ['nodiratime', 0x80n],
    ['nosymfollow', 0x200000n],
  ] as const)('%s is set by true and cleared by false, and no other', (name, bit) => {
    expect(words({ [name]: true })).toEqual([bit, 0n, 0n, 0n])
    expect(words({ [name]: false })).toEqual([0n, bit, 0n, 0n])
    expect(attributeBits({ [name]: true })).toBe(MountAttr[name])
    expect(attributeBits({ [name]: false })).toBe(0)
  })

  test('several are in one word, set and cleared side by side', () => {
    expect(words({ readOnly: true, nodev: false, noexec: true, nosuid: false })).toEqual([0x9n, 0x6n, 0n, 0n])
  })

  test.each([
    ['relatime', 0n],
    ['noatime', 0x10n],
    ['strictatime', 0x20n],
  ] as const)('an access time of %s takes the place of the one there was', (accessTime, bits) => {
    expect(words({ accessTime })).toEqual([bits, 0x70n, 0n, 0n])
    expect(attributeBits({ accessTime, nodev: true })).toBe(Number(bits | 0x4n))
  })

  // include/uapi/linux/mount.h: MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED
  test.each([
    ['unbindable', 0x20000n],
    ['private', 0x40000n],
    ['slave', 0x80000n],
    ['shared', 0x100000n],
  ] as const)('propagation %s is a word of its own', (propagation, bits) => {
    expect(words({ propagation })).toEqual([0n, 0n, bits, 0n])
  })

  test('a map is MOUNT_ATTR_IDMAP with the descriptor of its namespace, 0 too', () => {
    expect(words({ idmap: 7 })).toEqual([0x100000n, 0n, 0n, 7n])
    expect(words({ idmap: 0, readOnly: true })).toEqual([0x100001n, 0n, 0n, 0n])
  })

  test('another map for a mount that has one is set and cleared at once', () => {
    expect(words({ idmap: 7 }, { replace: true })).toEqual([0x100000n, 0x100000n, 0n, 7n])
    expect(words({}, { replace: true })).toEqual([0n, 0x100000n, 0n, 0n])
  })
})

test.each([
  [{}, ''],
  [{ idmap: 0 }, 'MOUNT_ATTR_IDMAP'],
  [{ nodev: false, readOnly: true }, 'readOnly|-nodev'],
  [{ propagation: 'slave', accessTime: 'noatime', idmap: 5, noexec: true }, 'MOUNT_ATTR_IDMAP|noexec|noatime|slave'],
] as readonly (readonly [MountChange, string])[])('%j is told in the kernel’s words: %s', (change, told) => {
  expect(describeChange(change)).toBe(told)
  expect(describeChange(change, true)).toBe(told === '' ? 'AT_RECURSIVE' : `${told}|AT_RECURSIVE`)
})

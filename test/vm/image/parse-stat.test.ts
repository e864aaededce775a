import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseStat } from '../../../vm/image/raw/ext4.ts'

/** What debugfs 1.47 prints for an inode. */
function stat(uid: number, gid: number, type = 'regular', mode = '0644'): string {
  return `Inode: 13   Type: ${type}    Mode:  ${mode}   Flags: 0x80000
Generation: 0    Version: 0x00000000:00000000
User: ${String(uid).padStart(5)}   Group: ${String(gid).padStart(5)}   Project:     0   Size: 12
File ACL: 0
Links: 1   Blockcount: 8
Fragment:  Address: 0    Number: 0    Size: 0
Size of extra inode fields: 32
`
}

test('an id above 2147483647 is printed as a negative number and read as itself', () => {
  expect(parseStat(stat(-294_967_296, -2))).toEqual({
    type: 'regular',
    mode: 0o644,
    uid: 4_000_000_000,
    gid: 4_294_967_294,
    size: 12,
  })
})

test('every id comes back, however the columns run together', () => {
  const id = fc.integer({ min: 0, max: 4_294_967_294 })
  fc.assert(
    fc.property(id, id, (uid, gid) => {
      expect(parseStat(stat(uid | 0, gid | 0))).toMatchObject({ uid, gid })
    }),
  )
})

test('the mode has its set-id and sticky bits', () => {
  expect(parseStat(stat(0, 0, 'directory', '07777'))).toMatchObject({ type: 'directory', mode: 0o7777 })
})

test.each(['', 'a: File not found by ext2_lookup \n', 'Type: regular    Mode:  0644\n'])(
  '%j tells of no inode',
  text => {
    expect(parseStat(text)).toBeUndefined()
  },
)

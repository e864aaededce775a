import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { dirSync } from 'tmp-promise'
import { describe, expect, test } from 'vitest'
import { type AclEntry, AclFormatError, decodeAcl, encodeAcl, readAcl, writeAcl } from '../../../lib/kernel/acl.ts'
import { here } from '../../../lib/kernel/caller.ts'
import { noNamespaces, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)

/** As setfacl -m u:1005:rw,g:7:r,m::rw writes it to a file of mode 0640: include/uapi/linux/posix_acl_xattr.h, by hand. */
const bytes = Buffer.from(
  [
    '02000000',
    '01000600ffffffff',
    '02000600ed030000',
    '04000400ffffffff',
    '0800040007000000',
    '10000600ffffffff',
    '20000000ffffffff',
  ].join(''),
  'hex',
)
const entries: readonly AclEntry[] = [
  { tag: 'user_obj', permissions: 6 },
  { tag: 'user', permissions: 6, id: 1005 },
  { tag: 'group_obj', permissions: 4 },
  { tag: 'group', permissions: 4, id: 7 },
  { tag: 'mask', permissions: 6 },
  { tag: 'other', permissions: 0 },
]

test('an ACL is read as the kernel hands it out, and written as it takes it', () => {
  expect(decodeAcl(bytes)).toEqual(entries)
  expect(encodeAcl(entries).equals(bytes)).toBe(true)
})

test('an entry whose id the reader has none for has no id', () => {
  const lost = Buffer.from('0200000002000700ffffffff', 'hex')
  expect(decodeAcl(lost)).toEqual([{ tag: 'user', permissions: 7, id: undefined }])
})

const named = fc.record({
  tag: fc.constantFrom('user' as const, 'group' as const),
  permissions: fc.nat(7),
  id: fc.nat(4294967294),
})
const unnamed = fc.record({
  tag: fc.constantFrom('user_obj' as const, 'group_obj' as const, 'mask' as const, 'other' as const),
  permissions: fc.nat(7),
})

test('what is written is read back, whatever the entries', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(named, unnamed)), list => {
      expect(decodeAcl(encodeAcl(list))).toEqual(list)
    }),
  )
})

const headed = fc.uint8Array({ maxLength: 64 }).map(rest => Uint8Array.of(2, 0, 0, 0, ...rest))
test('any other bytes are refused with a sentence, or are an ACL', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), headed), junk => {
      try {
        expect(encodeAcl(decodeAcl(junk)).length).toBe(junk.length)
      } catch (error) {
        expect(error).toBeInstanceOf(AclFormatError)
      }
    }),
  )
})

describe('on a real file system', () => {
  natively('the kernel takes what was encoded, and gives it back the same', () => {
    const directory = dirSync({ unsafeCleanup: true, tmpdir: '/dev/shm' })
    try {
      const file = path.join(directory.name, 'file')
      fs.writeFileSync(file, '')
      expect(readAcl(here(), file, 'access')).toBeUndefined()
      writeAcl(here(), file, 'access', entries)
      writeAcl(here(), directory.name, 'default', entries)
      expect(readAcl(here(), file, 'access')).toEqual(entries)
      expect(readAcl(here(), directory.name, 'default')).toEqual(entries)
      expect(fs.statSync(file).mode & 0o777).toBe(0o660)
    } finally {
      directory.removeCallback()
    }
  })

  test('a file system without ACLs has none', () => {
    expect(readAcl(here(), '/proc/self/status', 'access')).toBeUndefined()
  })
})

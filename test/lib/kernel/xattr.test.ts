import fs from 'node:fs'
import { afterEach, beforeEach, expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { getXattr, listXattrs, setXattr } from '../../../lib/kernel/xattr.ts'
import { TestBed } from './looking.ts'
import { noNamespaces, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)
const O_PATH = 0o10000000

let bed: TestBed
let file: string
beforeEach(() => {
  if (noNamespaces !== undefined) return
  bed = new TestBed()
  file = bed.file(bed.mount('disk', 'tmpfs', { options: 'mode=0755' }), 'file')
})
afterEach(() => bed?.[Symbol.dispose]())

natively('a value of any length is read back byte for byte, and its name is listed', () => {
  const long = Buffer.alloc(40_000, 'snow\0')
  setXattr(here(), file, 'trusted.long', long)
  setXattr(here(), file, 'trusted.empty', Buffer.alloc(0))
  expect(getXattr(here(), file, 'trusted.long')?.equals(long)).toBe(true)
  expect(getXattr(here(), file, 'trusted.empty')).toHaveLength(0)
  expect(getXattr(here(), file, 'trusted.none')).toBeUndefined()
  expect([...listXattrs(here(), file)].sort()).toEqual(['trusted.empty', 'trusted.long'])
})

natively('a descriptor that was opened for its path only will do', () => {
  const fd = fs.openSync(file, O_PATH)
  setXattr(here(), { fd }, 'trusted.a', Buffer.from('b'))
  expect(getXattr(here(), { fd }, 'trusted.a')?.toString()).toBe('b')
  expect(listXattrs(here(), { fd })).toEqual(['trusted.a'])
  fs.closeSync(fd)
})

natively('by its path a symbolic link is itself', () => {
  setXattr(here(), file, 'trusted.a', Buffer.from('b'))
  fs.symlinkSync('file', `${file}-link`)
  expect(getXattr(here(), `${file}-link`, 'trusted.a')).toBeUndefined()
})

natively('a refusal names the file and the attribute', () => {
  expect(() => getXattr(here(), `${file}-absent`, 'trusted.a')).toThrow(
    /^getxattr\(.*file-absent, trusted\.a\) was refused with ENOENT/,
  )
  expect(() => setXattr(here(), file, 'no-such-kind.a', Buffer.from('b'))).toThrow(/EOPNOTSUPP/)
})

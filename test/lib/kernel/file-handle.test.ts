import fs from 'node:fs'
import { expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { fileHandleOf, openByHandle } from '../../../lib/kernel/file-handle.ts'
import { closeFd } from '../../../lib/kernel/mount.ts'
import { locatedStatusOf } from '../../../lib/kernel/statx.ts'
import { TestBed } from './looking.ts'
import { both, noIdmappedTmpfs, testUnless } from './native.ts'

const natively = testUnless(noIdmappedTmpfs)
const O_PATH = 0o10000000

natively('a file is found by its handle through another mount of its file system, as that mount shows it', () => {
  using bed = new TestBed()
  const plain = bed.mount('plain', 'tmpfs')
  const mapped = bed.idmapped(plain, 'mapped', both<'disk', 'host'>([0, 100000, 1000]))
  const file = bed.file(plain, 'file', 7)
  const handle = fileHandleOf(here(), `${mapped}/file`)
  const mountFd = fs.openSync(plain, 'r')
  const fd = openByHandle(here(), mountFd, handle, O_PATH)
  try {
    const [there, back] = [locatedStatusOf(here(), file), locatedStatusOf(here(), { fd })]
    expect(back).toEqual(there)
    expect(locatedStatusOf(here(), `${mapped}/file`)).toMatchObject({ inode: there.inode, uid: 100007 })
    expect(handle.mountId).toBe(locatedStatusOf(here(), mapped).mountId)
  } finally {
    closeFd(here(), fd)
    fs.closeSync(mountFd)
  }
  fs.unlinkSync(file)
  expect(() => fileHandleOf(here(), file)).toThrow(/ENOENT/)
})

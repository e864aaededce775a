import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ArgumentError } from '../../../lib/kernel/argument-error.ts'
import { here } from '../../../lib/kernel/caller.ts'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import * as files from '../../../lib/kernel/files.ts'

let directory: DirectoryResult
const at = (name: string) => path.join(directory.path, name)

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
})
afterEach(() => directory.cleanup())

function refusal(act: () => unknown): SyscallError {
  try {
    act()
  } catch (error) {
    if (error instanceof SyscallError) return error
    throw error
  }
  throw new Error('it was not refused')
}

test('what is said of a file is what Node says of it', () => {
  fs.writeFileSync(at('file'), 'snow')
  fs.chmodSync(at('file'), 0o4751)
  fs.symlinkSync('file', at('link'))
  fs.mkdirSync(at('directory'))
  for (const name of ['file', 'link', 'directory']) {
    const { uid, gid, size, mode } = fs.lstatSync(at(name))
    expect(files.stat(here(), at(name))).toEqual({
      type: name === 'link' ? 'symlink' : name,
      uid,
      gid,
      size,
      mode: mode & 0o7777,
    })
  }
  expect(files.stat(here(), '/dev/null').type).toBe('character')
})

test('a file is made once, replaced, added to, and read, whatever its length', () => {
  const bytes = Buffer.alloc(300_000, 'snow ä€ ')
  files.createFile(here(), at('a'), bytes)
  expect(fs.readFileSync(at('a')).equals(bytes)).toBe(true)
  expect(Buffer.from(files.readFile(here(), at('a'))).equals(bytes)).toBe(true)
  files.writeFile(here(), at('a'), Buffer.from('short'))
  files.appendFile(here(), at('a'), Buffer.from('er'))
  expect(fs.readFileSync(at('a'), 'utf8')).toBe('shorter')
  expect(Buffer.from(files.readFile(here(), at('a'), 5)).toString()).toBe('short')
})

test('names are made, changed and taken away', () => {
  files.makeDirectory(here(), at('d'), 0o700)
  files.makeSymlink(here(), 'no/such ä', at('d/link'))
  files.createFile(here(), at('d/a'), Buffer.from(''))
  files.makeLink(here(), at('d/a'), at('d/b'))
  files.rename(here(), at('d/a'), at('d/c'))
  files.changeMode(here(), at('d/c'), 0o1640)
  expect(fs.readdirSync(at('d')).sort()).toEqual(['b', 'c', 'link'])
  expect(fs.readlinkSync(at('d/link'))).toBe('no/such ä')
  expect(files.stat(here(), at('d/b'))).toMatchObject({ mode: 0o1640 })
  for (const name of ['b', 'c', 'link']) files.unlink(here(), at(`d/${name}`))
  files.removeDirectory(here(), at('d'))
  expect(fs.readdirSync(directory.path)).toEqual([])
})

test('a refusal has the kernel’s errno and the arguments as a person would write them', () => {
  files.makeDirectory(here(), at('d'))
  files.createFile(here(), at('d/a'), Buffer.from(''))
  const said = (act: () => unknown) => refusal(act).message.replaceAll(directory.path, '')
  expect([
    said(() => files.stat(here(), at('absent'))),
    said(() => files.createFile(here(), at('d/a'), Buffer.from(''))),
    said(() => files.writeFile(here(), at('absent'), Buffer.from(''))),
    said(() => files.removeDirectory(here(), at('d'))),
    said(() => files.makeDirectory(here(), at('d'), 0o1777)),
    said(() => files.readFile(here(), at('d'))),
  ]).toMatchInlineSnapshot(`
    [
      "statx(/absent) was refused with ENOENT",
      "openat(/d/a, O_WRONLY|O_CREAT|O_EXCL) was refused with EEXIST",
      "openat(/absent, O_WRONLY|O_TRUNC) was refused with ENOENT",
      "unlinkat(/d, AT_REMOVEDIR) was refused with ENOTEMPTY",
      "mkdirat(/d, 01777) was refused with EEXIST",
      "read(/d) was refused with EISDIR",
    ]
  `)
})

test('a path with a NUL in it never reaches the kernel', () => {
  expect(() => files.stat(here(), `${at('d')}\0/../x`)).toThrow(ArgumentError)
})

test('a path longer than there is room for is an error of the caller’s, and the next call is none the worse', () => {
  expect(() => files.stat(here(), 'x'.repeat(200_000))).toThrow(ArgumentError)
  expect(refusal(() => files.stat(here(), `/${'x'.repeat(5000)}`)).code).toBe('ENAMETOOLONG')
  expect(files.stat(here(), '/').type).toBe('directory')
})

test('a file without a name is its maker’s, has no name, and is gone with its descriptor', () => {
  const { fd, uid, type, inode } = files.openUnnamed(here(), directory.path)
  try {
    expect({ uid, type }).toEqual({ uid: process.geteuid?.(), type: 'file' })
    expect(fs.fstatSync(fd, { bigint: true })).toMatchObject({ ino: inode, nlink: 0n })
    expect(fs.readdirSync(directory.path)).toEqual([])
  } finally {
    fs.closeSync(fd)
  }
  expect(refusal(() => files.openUnnamed(here(), '/proc')).code).toBe('EOPNOTSUPP')
})

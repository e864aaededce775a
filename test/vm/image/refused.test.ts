import fs from 'node:fs/promises'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HarnessError } from '../../../vm/harness-error.ts'
import { makeDisk } from '../../../vm/image/disk.ts'
import { runDebugfs } from '../../../vm/image/raw/debugfs.ts'
import { checkUnmounted, ext4Contents, ext4Inodes } from '../../../vm/image/raw/ext4.ts'
import type { FileEntry } from '../../../vm/image/tree.ts'

const file: FileEntry = { kind: 'file', contents: '', uid: 0, gid: 0, mode: 0o644 }
let directory: DirectoryResult
let image: string

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  image = path.join(directory.path, 'data.img')
})
afterEach(() => directory.cleanup())

test.each(['a\nquit', '../outside', 'a/../../b', '..', './a', '/a', 'a//b', 'a/', '', 'a"b', 'a\\b', 'ä', '\u0000'])(
  'the path %j is refused before anything is made',
  async name => {
    const making = makeDisk(image, { fs: 'ext4', sizeMiB: 8, tree: { [name]: file } })
    await expect(making).rejects.toMatchObject({
      code: 'IMAGE_BUILD',
      message: expect.stringContaining(`${JSON.stringify(name)} cannot be a path on a disk`),
    })
    expect(await fs.readdir(directory.path)).toEqual([])
  },
)

test('an image that cannot hold its tree is the harness’s error, in one sentence', async () => {
  const contents = 'x'.repeat(4 * 1024 * 1024)
  const error = await makeDisk(image, { fs: 'ext4', sizeMiB: 1, tree: { big: { ...file, contents } } }).catch(e => e)
  expect(error).toBeInstanceOf(HarnessError)
  expect(error).toMatchObject({
    code: 'IMAGE_BUILD',
    message: expect.stringMatching(/^Making the ext4 image .* failed: mke2fs ended with exit code 1\.$/),
  })
})

test('an owner that is none is noticed when the image is read back', async () => {
  const making = makeDisk(image, { fs: 'ext4', sizeMiB: 8, tree: { a: { ...file, uid: 4_294_967_296 + 5 } } })
  await expect(making).rejects.toMatchObject({ code: 'IMAGE_BUILD' })
})

test.each([
  ['inodes', () => ext4Inodes(image, ['a'])],
  ['contents', () => ext4Contents(image, 'a')],
  ['state', () => checkUnmounted(image)],
])('the %s of a file that is no ext4 image cannot be read', async (_, read) => {
  await fs.writeFile(image, Buffer.alloc(1024 * 1024))
  const error = await read().catch(e => e)
  expect(error).toBeInstanceOf(HarnessError)
  expect(error).toMatchObject({ code: 'IMAGE_READ', message: expect.stringContaining(image) })
})

test('an image that is not there cannot be read', async () => {
  await expect(ext4Inodes(image, ['a'])).rejects.toMatchObject({ code: 'IMAGE_READ' })
})

test('debugfs is not started when it has nothing to do', async () => {
  await expect(runDebugfs(image, [])).resolves.toEqual([])
})

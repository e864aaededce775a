import fs from 'node:fs/promises'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDisk } from '../../../vm/image/disk.ts'
import { vfatContents, vfatPaths } from '../../../vm/image/raw/vfat.ts'
import type { Entry, Tree } from '../../../vm/image/tree.ts'

const binaryish = 'snow\u0000\r\n\u001b[31m ä€😀\u001a\ufeff\n'
const file = (contents: string): Entry => ({ kind: 'file', contents, uid: 0, gid: 0, mode: 0o644 })
const folder: Entry = { kind: 'directory', uid: 0, gid: 0, mode: 0o755 }

let directory: DirectoryResult

beforeAll(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
})
afterAll(() => directory.cleanup())

async function stick(name: string, tree: Tree): Promise<string> {
  const image = path.join(directory.path, name)
  await makeDisk(image, { fs: 'vfat', sizeMiB: 16, tree, uid: 1000, gid: 1000 })
  return image
}

test('files and folders of a stick are found on the raw image, with their bytes', async () => {
  const image = await stick('full.img', {
    'readme.txt': file('made of snow\n'),
    'A long Name with spaces.text': file(binaryish),
    album: folder,
    'album/2026': folder,
    'album/2026/song.txt': file(''),
  })
  expect((await vfatPaths(image)).sort()).toEqual([
    'A long Name with spaces.text',
    'album/',
    'album/2026/',
    'album/2026/song.txt',
    'readme.txt',
  ])
  expect(await vfatContents(image, 'readme.txt')).toEqual(Buffer.from('made of snow\n'))
  expect(await vfatContents(image, 'A long Name with spaces.text')).toEqual(Buffer.from(binaryish))
  expect(await vfatContents(image, 'album/2026/song.txt')).toEqual(Buffer.alloc(0))
})

test('an empty stick has no paths, and what is not there has no bytes', async () => {
  const image = await stick('empty.img', {})
  expect(await vfatPaths(image)).toEqual([])
  expect(await vfatContents(image, 'absent.txt')).toBeUndefined()
  expect(await vfatContents(image, 'no/such/folder.txt')).toBeUndefined()
})

test('an image that is no vfat, or not there, cannot be read: that is not an absent file', async () => {
  const zeros = path.join(directory.path, 'zeros.img')
  await fs.writeFile(zeros, Buffer.alloc(1024 * 1024))
  for (const image of [zeros, path.join(directory.path, 'absent.img')]) {
    await expect(vfatPaths(image)).rejects.toMatchObject({ code: 'IMAGE_READ' })
    await expect(vfatContents(image, 'a.txt')).rejects.toMatchObject({
      code: 'IMAGE_READ',
      message: expect.stringContaining(`Listing the vfat image ${image} failed`),
    })
  }
})

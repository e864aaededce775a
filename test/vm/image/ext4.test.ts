import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeDisk } from '../../../vm/image/disk.ts'
import { runDebugfs } from '../../../vm/image/raw/debugfs.ts'
import { checkUnmounted, ext4Contents, ext4Inodes } from '../../../vm/image/raw/ext4.ts'
import type { Tree } from '../../../vm/image/tree.ts'

const run = promisify(execFile)
const binaryish = 'snow\u0000\r\n\u001b[31m ä€😀\ufeff\n'
const long = 'abcdefgh\n'.repeat(20_000)

const tree: Tree = {
  shared: { kind: 'directory', uid: 1005, gid: 101006, mode: 0o1777 },
  'shared/of-0': { kind: 'file', contents: '', uid: 0, gid: 0, mode: 0o644 },
  'shared/of-65536': { kind: 'file', contents: '', uid: 65536, gid: 65535, mode: 0o600 },
  'shared/of-4000000000': { kind: 'file', contents: 'far\n', uid: 4_000_000_000, gid: 2_147_483_648, mode: 0o644 },
  'shared/of-last': { kind: 'file', contents: '', uid: 4_294_967_294, gid: 4_294_967_294, mode: 0o644 },
  'shared/setuid': { kind: 'file', contents: '#!\n', uid: 0, gid: 0, mode: 0o4755 },
  'shared/setgid': { kind: 'directory', uid: 0, gid: 50, mode: 0o2775 },
  'shared/none': { kind: 'file', contents: '', uid: 0, gid: 0, mode: 0 },
  'shared/link': { kind: 'symlink', target: 'of-0', uid: 1000, gid: 100 },
  'shared/to-nowhere': { kind: 'symlink', target: '/no/such/place', uid: 7, gid: 8 },
  'shared/a name with + @ and spaces.txt': { kind: 'file', contents: 'odd\n', uid: 3, gid: 4, mode: 0o640 },
  binary: { kind: 'file', contents: binaryish, uid: 0, gid: 0, mode: 0o644 },
  long: { kind: 'file', contents: long, uid: 0, gid: 0, mode: 0o644 },
}

let directory: DirectoryResult
let image: string

beforeAll(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  image = path.join(directory.path, 'data.img')
  await makeDisk(image, { fs: 'ext4', sizeMiB: 8, tree })
})
afterAll(() => directory.cleanup())

describe('the inodes of a fresh image', () => {
  test.each(Object.entries(tree))('%s has the owner and the mode it was given', async (name, entry) => {
    const inode = (await ext4Inodes(image, [name])).get(name)
    expect(inode).toMatchObject({
      uid: entry.uid,
      gid: entry.gid,
      mode: entry.kind === 'symlink' ? 0o777 : entry.mode,
      type: { file: 'regular', directory: 'directory', symlink: 'symlink' }[entry.kind],
    })
  })

  test('the root belongs to root, whoever made the image', async () => {
    for (const root of ['', '.'])
      expect((await ext4Inodes(image, [root])).get(root)).toMatchObject({ type: 'directory', uid: 0, gid: 0 })
  })

  test('many are read at once, and those that are not there are left out', async () => {
    const inodes = await ext4Inodes(image, [
      'absent',
      'shared',
      'shared/absent',
      'long',
      'shared/of-last',
      'also absent',
    ])
    expect([...inodes.keys()]).toEqual(['shared', 'long', 'shared/of-last'])
    expect(inodes.get('long')?.size).toBe(long.length)
    expect(inodes.get('shared/of-last')?.uid).toBe(4_294_967_294)
  })

  test('a symbolic link is itself, not what it leads to', async () => {
    expect((await ext4Inodes(image, ['shared/link'])).get('shared/link')).toMatchObject({ uid: 1000, size: 4 })
  })
})

describe('the bytes of a fresh image', () => {
  test('are read as they were written, whatever they are', async () => {
    expect(await ext4Contents(image, 'binary')).toEqual(Buffer.from(binaryish))
    expect(await ext4Contents(image, 'shared/a name with + @ and spaces.txt')).toEqual(Buffer.from('odd\n'))
    expect((await ext4Contents(image, 'long'))?.toString()).toBe(long)
    expect(await ext4Contents(image, 'shared/of-0')).toEqual(Buffer.alloc(0))
  })

  test('are read where the name of the temporary directory has a space in it, too', async () => {
    const spacious = path.join(directory.path, 'a b')
    await fs.mkdir(spacious)
    vi.stubEnv('TMPDIR', spacious)
    expect(await ext4Contents(image, 'shared/of-4000000000').finally(() => vi.unstubAllEnvs())).toEqual(
      Buffer.from('far\n'),
    )
  })

  test('of a path that is not there are undefined', async () => {
    expect(await ext4Contents(image, 'absent')).toBeUndefined()
    expect(await ext4Contents(image, 'binary/below')).toBeUndefined()
  })
})

test('the tools are found by a user whose PATH has no sbin, and understood whatever the language', async () => {
  const other = path.join(directory.path, 'plain.img')
  const script = `
    const { makeDisk } = await import('./vm/image/disk.ts')
    const { ext4Inodes } = await import('./vm/image/raw/ext4.ts')
    await makeDisk(${JSON.stringify(other)}, { fs: 'ext4', sizeMiB: 8, tree: {} })
    process.stdout.write(String((await ext4Inodes(${JSON.stringify(other)}, ['absent', '.'])).size))`
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' }
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { env })
  expect(stdout).toBe('1')
})

test('an owner written behind everybody’s back is what is read', async () => {
  const other = path.join(directory.path, 'other.img')
  await makeDisk(other, { fs: 'ext4', sizeMiB: 8, tree: { 'a b': { kind: 'directory', uid: 1, gid: 2, mode: 0o755 } } })
  await runDebugfs(other, ['set_inode_field "/a b" uid 4242'], { write: true })
  expect((await ext4Inodes(other, ['a b'])).get('a b')).toMatchObject({ uid: 4242, gid: 2 })
})

test('an image that was let go of is read; one whose journal is to be replayed is not', async () => {
  const torn = path.join(directory.path, 'torn.img')
  await makeDisk(torn, { fs: 'ext4', sizeMiB: 8, tree: {} })
  await expect(checkUnmounted(torn)).resolves.toBeUndefined()
  await runDebugfs(torn, ['feature needs_recovery'], { write: true })
  await expect(checkUnmounted(torn)).rejects.toMatchObject({
    code: 'IMAGE_READ',
    message: expect.stringContaining('was not let go by the guest'),
  })
})

test('an image the kernel still has for its own is not read either', async () => {
  const mounted = path.join(directory.path, 'mounted.img')
  await makeDisk(mounted, { fs: 'ext4', sizeMiB: 8, tree: {} })
  await runDebugfs(mounted, ['set_super_value state 0'], { write: true })
  await expect(checkUnmounted(mounted)).rejects.toMatchObject({ code: 'IMAGE_READ' })
})

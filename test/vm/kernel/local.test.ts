import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { localKernel } from '../../../vm/kernel/local.ts'
import { scratchCache, scratchDirectory } from '../cache/scratch.ts'
import { bzImage } from './made-up.ts'

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(await scratchDirectory(), name)
  await writeFile(path, content)
  return path
}

describe('an image of the user', () => {
  test('is known by the version it carries, and by its content', async () => {
    const cache = await scratchCache()
    const path = await file('bzImage', bzImage('6.18.0-rc3-mine+'))
    const kernel = await localKernel(path, undefined, cache)
    expect(kernel).toMatchObject({ name: path, image: path, version: '6.18.0-rc3-mine+' })
    expect(kernel.modules).toBeUndefined()
    const other = await localKernel(await file('bzImage', bzImage('6.18.0-rc4-mine+')), undefined, cache)
    expect(other.id).not.toBe(kernel.id)
  })

  test.each([
    ['a text file', 'notes on kernels\n', /it is a text file, and a bzImage is needed/],
    ['a long text file', 'notes on kernels\n'.repeat(1000), /it is a text file/],
    ['an empty file', '', /it is empty/],
    ['a vmlinux', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(4096)]), /it is an ELF file/],
    ['some other binary', Buffer.alloc(4096), /some other binary file/],
    ['an image without the boot flag', bzImage('6.1', { bootFlag: 0 }), /some other binary file/],
    ['an image without the magic', bzImage('6.1', { magic: 'HdrX' }), /some other binary file/],
    ['an image without a version', bzImage('6.1', { pointer: 0 }), /carries no version/],
    ['an image cut short', bzImage('6.1', { pointer: 0x900 }).subarray(0, 0x400), /carries no version/],
  ])('is refused when it is %s', async (_what, content, sentence) => {
    const path = await file('kernel', content)
    const refused = expect.objectContaining({
      code: 'KERNEL_UNUSABLE',
      blame: 'user',
      message: expect.stringMatching(sentence),
    })
    await expect(localKernel(path, undefined, await scratchCache())).rejects.toEqual(refused)
  })

  test('is refused when it is a directory or not there', async () => {
    const cache = await scratchCache()
    const dir = await scratchDirectory()
    await expect(localKernel(dir, undefined, cache)).rejects.toThrow(/is a directory; give the bzImage itself/)
    await expect(localKernel(join(dir, 'nothing'), undefined, cache)).rejects.toThrow(/there is no such file/)
  })
})

describe('the modules of the user', () => {
  const VERSION = '6.18.0-mine'

  async function modulesDirectory(version: string): Promise<string> {
    const base = await scratchDirectory()
    const dir = join(base, 'lib/modules', version)
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'modules.dep'), '')
    await writeFile(join(dir, 'modules.builtin'), 'kernel/fs/ext4/ext4.ko\n')
    return base
  }

  test('are found in lib/modules/VERSION or in any directory above it', async () => {
    const image = await file('bzImage', bzImage(VERSION))
    const base = await modulesDirectory(VERSION)
    const expected = join(base, 'lib/modules', VERSION)
    for (const given of [expected, join(base, 'lib/modules'), base])
      expect((await localKernel(image, given, await scratchCache())).modules).toBe(expected)
  })

  test('of another kernel are refused, and both versions are named', async () => {
    const image = await file('bzImage', bzImage(VERSION))
    const given = join(await modulesDirectory('6.1.0-other'), 'lib/modules/6.1.0-other')
    await expect(localKernel(image, given, await scratchCache())).rejects.toMatchObject({
      code: 'KERNEL_UNUSABLE',
      blame: 'user',
      message: expect.stringMatching(/are for the kernel 6\.1\.0-other, but the image is 6\.18\.0-mine/),
    })
  })

  test('without a modules.dep get one in the cache, and the directory of the user stays as it was', async () => {
    const image = await file('bzImage', bzImage(VERSION))
    const given = join(await scratchDirectory(), VERSION)
    await mkdir(given)
    await writeFile(join(given, 'modules.order'), '')
    const cache = await scratchCache()
    const { modules = '' } = await localKernel(image, given, cache)
    expect(modules.startsWith(join(cache.dir, 'modules'))).toBe(true)
    expect(await readdir(modules)).toContain('modules.dep')
    expect(await readdir(given)).toEqual(['modules.order'])
  })

  test('are refused when there are none', async () => {
    const image = await file('bzImage', bzImage(VERSION))
    const cache = await scratchCache()
    const empty = await scratchDirectory()
    await expect(localKernel(image, empty, cache)).rejects.toThrow(/holds no kernel modules/)
    await expect(localKernel(image, image, cache)).rejects.toThrow(/is not a directory/)
    await expect(localKernel(image, join(empty, 'nothing'), cache)).rejects.toThrow(/does not exist/)
  })
})

import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { localKernel } from '../../../vm/kernel/local.ts'
import { silent } from '../../../vm/progress.ts'
import { runTool } from '../../../vm/tool.ts'
import { scratchCache, scratchDirectory } from '../cache/scratch.ts'
import { bzImage } from './made-up.ts'

async function context() {
  return { cache: await scratchCache(), progress: silent }
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(await scratchDirectory(), name)
  await writeFile(path, content)
  return path
}

describe('an image of the user', () => {
  test('is known by the version it carries, and by its content', async () => {
    const cache = await context()
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
    [
      'an image cut short',
      bzImage('6.1', { system: 0x1000 }),
      /it is cut short, 4096 bytes of the 68096 that its header/,
    ],
    ['an image cut within its header', bzImage('6.1').subarray(0, 0x400), /it is cut short, 1024 bytes of the 2560/],
    ['an image whose version is beyond its end', bzImage('6.1', { pointer: 0xfff0 }), /carries no version/],
    [
      'a kernel for arm64',
      Buffer.concat([Buffer.alloc(56), Buffer.from('ARM\x64'), Buffer.alloc(64)]),
      /a kernel for arm64/,
    ],
  ])('is refused when it is %s', async (_what, content, sentence) => {
    const path = await file('kernel', content)
    const refused = expect.objectContaining({
      code: 'KERNEL_UNUSABLE',
      blame: 'user',
      message: expect.stringMatching(sentence),
    })
    await expect(localKernel(path, undefined, await context())).rejects.toEqual(refused)
  })

  test('is refused when it is a FIFO, without waiting for anyone to write into it', async () => {
    const path = join(await scratchDirectory(), 'bzImage')
    await runTool(['mkfifo', path], { what: 'making a FIFO', code: 'IMAGE_BUILD' })
    await expect(localKernel(path, undefined, await context())).rejects.toThrow(/it is not a regular file/)
  })

  test('is refused when it is larger than any kernel', async () => {
    const path = await file('bzImage', bzImage('6.1'))
    await truncate(path, 2e9)
    await expect(localKernel(path, undefined, await context())).rejects.toThrow(
      /2000000000 bytes, which no kernel image has/,
    )
  })

  test('has the configuration that lies beside it as in /boot', async () => {
    const image = await file('vmlinuz', bzImage('6.18.0-mine'))
    expect((await localKernel(image, undefined, await context())).config).toBeUndefined()
    const config = join(image, '../config-6.18.0-mine')
    await writeFile(config, 'CONFIG_USER_NS=y\n')
    expect((await localKernel(image, undefined, await context())).config).toBe(config)
  })

  test('is refused when it is a directory or not there', async () => {
    const cache = await context()
    const dir = await scratchDirectory()
    await expect(localKernel(dir, undefined, cache)).rejects.toThrow(
      /is a directory without an arch\/x86\/boot\/bzImage/,
    )
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
      expect((await localKernel(image, given, await context())).modules).toBe(expected)
  })

  test('of another kernel are refused, and both versions are named', async () => {
    const image = await file('bzImage', bzImage(VERSION))
    const given = join(await modulesDirectory('6.1.0-other'), 'lib/modules/6.1.0-other')
    await expect(localKernel(image, given, await context())).rejects.toMatchObject({
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
    const cache = await context()
    const { modules = '' } = await localKernel(image, given, cache)
    expect(modules.startsWith(join(cache.cache.dir, 'modules'))).toBe(true)
    expect(await readdir(modules)).toContain('modules.dep')
    expect(await readdir(given)).toEqual(['modules.order'])
  })

  test('are refused when there are none', async () => {
    const image = await file('bzImage', bzImage(VERSION))
    const cache = await context()
    const empty = await scratchDirectory()
    await expect(localKernel(image, empty, cache)).rejects.toThrow(/holds no kernel modules/)
    await expect(localKernel(image, image, cache)).rejects.toThrow(/is not a directory/)
    await expect(localKernel(image, join(empty, 'nothing'), cache)).rejects.toThrow(/does not exist/)
  })
})

describe('a build tree', () => {
  const VERSION = '6.18.0-tree'

  async function tree(files: Readonly<Record<string, string | Buffer>> = {}): Promise<string> {
    const dir = await scratchDirectory()
    const all = { 'arch/x86/boot/bzImage': bzImage(VERSION), '.config': 'CONFIG_EXT4_FS=y\n', ...files }
    for (const [name, content] of Object.entries(all)) {
      await mkdir(join(dir, name, '..'), { recursive: true })
      await writeFile(join(dir, name), content)
    }
    return dir
  }

  test('built without modules is its image and its configuration', async () => {
    const dir = await tree()
    const kernel = await localKernel(dir, undefined, await context())
    expect(kernel).toMatchObject({
      name: dir,
      version: VERSION,
      image: join(dir, 'arch/x86/boot/bzImage'),
      config: join(dir, '.config'),
    })
    expect(kernel.modules).toBeUndefined()
  })

  test('has the modules that were installed below it', async () => {
    const dir = await tree({
      [`out/lib/modules/${VERSION}/modules.dep`]: '',
      'modules.builtin': 'kernel/fs/ext4/ext4.ko\n',
    })
    const { modules } = await localKernel(dir, undefined, await context())
    expect(modules).toBe(join(dir, 'out/lib/modules', VERSION))
  })

  test('else has what make left in it, whose needs are found out in the cache', async () => {
    const dir = await tree({ 'modules.builtin': 'kernel/fs/ext4/ext4.ko\n', 'modules.order': '' })
    const { cache, ...rest } = await context()
    const { modules = '' } = await localKernel(dir, undefined, { cache, ...rest })
    expect(modules.startsWith(cache.dir)).toBe(true)
    expect(await readdir(modules)).toEqual(expect.arrayContaining(['modules.builtin', 'modules.dep']))
    expect(await readdir(dir)).not.toContain('modules.dep')
  })

  test('takes the modules that are given before its own, and remembers how they were given', async () => {
    const dir = await tree({ [`lib/modules/${VERSION}/modules.dep`]: '', [`other/${VERSION}/modules.dep`]: '' })
    const given = join(dir, 'other', VERSION)
    expect(await localKernel(dir, given, await context())).toMatchObject({ modules: given, givenModules: given })
  })
})

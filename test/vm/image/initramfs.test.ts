import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { INIT, START } from '../../../vm/image/init-script.ts'
import { initramfs } from '../../../vm/image/initramfs.ts'
import type { Kernel } from '../../../vm/kernel/source.ts'
import { silent } from '../../../vm/progress.ts'
import { runTool } from '../../../vm/tool.ts'
import { scratchCache, scratchDirectory } from '../cache/scratch.ts'

const run = { what: 'looking', code: 'IMAGE_BUILD' } as const

async function files(dir: string, content: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [name, text] of Object.entries(content)) {
    await mkdir(join(dir, name, '..'), { recursive: true })
    await writeFile(join(dir, name), text)
  }
}

async function madeUp(): Promise<{ kernel: Kernel; root: { busybox: string }; loader: { dir: string; id: string } }> {
  const dir = await scratchDirectory()
  await files(dir, {
    busybox: 'not really busybox',
    'loader/loader.mjs': 'console.log("here")',
    'loader/native/binding.node': 'binary',
    'modules/modules.dep': 'fs/vfat.ko.gz: fs/fat.ko\nfs/fat.ko:\n',
    'modules/modules.builtin': 'kernel/ext4.ko\n',
    'modules/fs/vfat.ko.gz': gzipSync('the module vfat'),
    'modules/fs/fat.ko': 'the module fat',
  })
  return {
    kernel: { name: 'k', version: '1', image: join(dir, 'bzImage'), modules: join(dir, 'modules'), id: 'k' },
    root: { busybox: join(dir, 'busybox') },
    loader: { dir: join(dir, 'loader'), id: 'a' },
  }
}

/** Unpacks both archives of an initramfs as the kernel does, and gives the directory. */
async function unpacked(path: string): Promise<string> {
  const dir = await scratchDirectory()
  const both = `cpio -idm --quiet && cpio -idm --quiet`
  await runTool(['sh', '-c', `(${both}) < "$1"`, 'sh', path], { ...run, cwd: dir })
  return dir
}

describe('the initramfs', () => {
  test('holds init, the modules decompressed and in order, and the loader with all that lies beside it', async () => {
    const made = await initramfs({ cache: await scratchCache(), progress: silent, ...(await madeUp()) })
    const dir = await unpacked(made.path)
    const read = (name: string) => readFile(join(dir, name), 'utf8')
    expect(await read('init')).toBe(INIT)
    expect(await read('modules.load')).toBe('fat.ko\nvfat.ko\n')
    expect(await read('modules/vfat.ko')).toBe('the module vfat')
    expect(await read('modules/fat.ko')).toBe('the module fat')
    expect(await read('idmaplab/busybox')).toBe('not really busybox')
    expect(await read('idmaplab/start')).toBe(START)
    expect(await read('idmaplab/loader.mjs')).toBe('console.log("here")')
    expect(await read('idmaplab/native/binding.node')).toBe('binary')
  })

  test('of a kernel that came without modules loads none', async () => {
    const { kernel, ...parts } = await madeUp()
    const { modules: _none, ...bare } = kernel
    const made = await initramfs({ cache: await scratchCache(), progress: silent, ...parts, kernel: bare })
    expect(await readFile(join(await unpacked(made.path), 'modules.load'), 'utf8')).toBe('')
  })

  test('is another one when a module is rebuilt or the loader changes, and the same otherwise', async () => {
    const parts = await madeUp()
    const cache = await scratchCache()
    const first = await initramfs({ cache, progress: silent, ...parts })
    expect((await initramfs({ cache, progress: silent, ...parts })).path).toBe(first.path)
    const loader = { ...parts.loader, id: 'b' }
    expect((await initramfs({ cache, progress: silent, ...parts, loader })).id).not.toBe(first.id)
    await writeFile(join(parts.kernel.modules ?? '', 'fs/fat.ko'), 'the module fat, rebuilt')
    expect((await initramfs({ cache, progress: silent, ...parts })).id).not.toBe(first.id)
  })

  test('of a kernel whose modules.dep names what is not there is refused', async () => {
    const parts = await madeUp()
    await writeFile(join(parts.kernel.modules ?? '', 'modules.dep'), 'fs/vfat.ko:\n')
    await expect(initramfs({ cache: await scratchCache(), progress: silent, ...parts })).rejects.toMatchObject({
      code: 'KERNEL_UNUSABLE',
      message: expect.stringContaining('run depmod'),
    })
  })
})

test('the scripts that run in the guest are well-formed for a plain sh', async () => {
  for (const script of [INIT, START]) await runTool(['sh', '-n'], { ...run, input: script })
})

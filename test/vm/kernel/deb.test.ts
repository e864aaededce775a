import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { localKernel } from '../../../vm/kernel/local.ts'
import { silent } from '../../../vm/progress.ts'
import { scratchCache, scratchDirectory } from '../cache/scratch.ts'
import { makeDeb, splitKernel, wholeKernel } from './made-up.ts'

async function context() {
  return { cache: await scratchCache(), progress: silent }
}

async function debs(of: ReturnType<typeof wholeKernel>): Promise<string[]> {
  const dir = await scratchDirectory()
  return Promise.all(of.map(deb => makeDeb(dir, deb)))
}

describe('a .deb of the user', () => {
  test('gives its kernel with modules and configuration', async () => {
    const [path = ''] = await debs(wholeKernel('6.18.0-mine', '6.18.0-1'))
    const { modules = '', config = '', ...kernel } = await localKernel(path, undefined, await context())
    expect(kernel).toMatchObject({ name: path, version: '6.18.0-mine', package: 'linux-image-6.18.0-mine 6.18.0-1' })
    expect(await readdir(modules)).toContain('modules.dep')
    expect(await readFile(config, 'utf8')).toContain('CONFIG_VFAT_FS=m')
  })

  test('takes its modules from another one where Debian has them apart', async () => {
    const [image = '', , modules = ''] = await debs(splitKernel('7.2.13-cloud-amd64', '7.2.13-1'))
    const alone = await localKernel(image, undefined, await context())
    expect(alone.modules).toBeUndefined()
    const both = await localKernel(image, modules, await context())
    expect(await readdir(both.modules ?? '')).toEqual(expect.arrayContaining(['kernel', 'modules.dep']))
    expect(both.givenModules).toBe(modules)
    expect(both.id).not.toBe(alone.id)
  })

  test('without a kernel in it is refused', async () => {
    const [, base = ''] = await debs(splitKernel('7.2.13-cloud-amd64', '7.2.13-1'))
    await expect(localKernel(base, undefined, await context())).rejects.toMatchObject({
      code: 'KERNEL_UNUSABLE',
      blame: 'user',
      message: expect.stringMatching(/gives no kernel: There is no kernel image in linux-base-7\.2\.13-cloud-amd64/),
    })
  })

  test('that is cut short, or no package at all, is refused in one sentence', async () => {
    const [path = ''] = await debs(wholeKernel('6.18.0-mine', '6.18.0-1'))
    await truncate(path, (await stat(path)).size - 300)
    const refused = { code: 'KERNEL_UNUSABLE', blame: 'user' }
    await expect(localKernel(path, undefined, await context())).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/^The package .*\.deb cannot be read: it is damaged or cut short\.$/),
    })
    await writeFile(path, 'a text')
    await expect(localKernel(path, undefined, await context())).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('is no Debian package, whatever its name says'),
    })
    await writeFile(path, '!<arch>\n')
    await expect(localKernel(path, undefined, await context())).rejects.toMatchObject(refused)
    await expect(localKernel(join(path, '../none.deb'), undefined, await context())).rejects.toThrow(/does not exist/)
  })

  test('that would fill the disk is refused before it is unpacked', async () => {
    const [deb] = wholeKernel('6.18.0-mine', '6.18.0-1')
    const dir = await scratchDirectory()
    if (deb === undefined) throw new Error('there is one')
    const path = await makeDeb(dir, { ...deb, holes: { 'usr/lib/modules/huge': 3e8 } })
    const here = await context()
    await expect(localKernel(path, undefined, here)).rejects.toThrow(/is no kernel package: it would take 3\d{8} bytes/)
  })
})

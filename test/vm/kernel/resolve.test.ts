import { readdir, writeFile } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Cache } from '../../../vm/cache/cache.ts'
import { listKernels, removeKernels } from '../../../vm/kernel/inventory.ts'
import { resolveKernel, resolveSpec } from '../../../vm/kernel/resolve.ts'
import { SERIES } from '../../../vm/kernel/series.ts'
import { silent } from '../../../vm/progress.ts'
import { scratchCache } from '../cache/scratch.ts'
import { cacheWith } from './cached.ts'

describe('asking for a kernel', () => {
  test("that is neither a name nor a path is the user's mistake, and the sentence has the nearest first", async () => {
    await expect(resolveKernel('6.13', { cache: await scratchCache(), progress: silent })).rejects.toMatchObject({
      code: 'KERNEL_UNKNOWN',
      blame: 'user',
      message: expect.stringMatching(
        /^There is no kernel "6\.13" here: give one of 6\.12, 6\.16, .*, a \.deb or a build tree\.$/,
      ),
    })
  })

  test('by a path that leads nowhere speaks of the path', async () => {
    await expect(resolveKernel('./nothing', { cache: await scratchCache(), progress: silent })).rejects.toMatchObject({
      code: 'KERNEL_UNUSABLE',
      message: expect.stringContaining('nothing cannot be read: there is no such file'),
    })
  })

  test.each(['6.12', 'host', 'debian:sid'])("%s with modules of one's own is refused", async name => {
    const asked = resolveKernel(name, { modules: '/m', cache: await scratchCache(), progress: silent })
    await expect(asked).rejects.toMatchObject({ code: 'KERNEL_UNUSABLE', blame: 'user' })
  })

  test('that the cache remembers needs neither apt nor the network', async () => {
    const cache = await cacheWith('6.12', 'debian:trixie/6.12.107-1')
    const kernel = await resolveKernel('6.12', { cache, progress: silent })
    expect(kernel).toMatchObject({ name: '6.12', version: '6.12.107-cloud-amd64' })
    expect(await resolveKernel('debian:trixie/6.12.107-1', { cache, progress: silent })).toEqual({
      ...kernel,
      name: 'debian:trixie/6.12.107-1',
    })
    await writeFile(kernel.image, 'y')
    expect((await listKernels(cache)).find(({ name }) => name === '6.12')).toMatchObject({ cached: false })
  })

  test('notes each time what must be said of it', async () => {
    const cache = await cacheWith('7.1')
    const notes: string[] = []
    const { note } = await resolveKernel('7.1', { cache, progress: { ...silent, note: line => notes.push(line) } })
    expect(notes).toEqual([note])
    expect(note).toMatch(/no longer has the rest of Linux 7\.1\.13/)
  })

  test('host is the one this machine runs, and no guest', async () => {
    const options = { cache: await scratchCache(), progress: silent }
    expect(await resolveSpec({ kind: 'host', name: 'host' }, options)).toMatchObject({
      name: 'host',
      native: true,
      version: release(),
    })
    await expect(resolveKernel('host', options)).rejects.toThrow(/runs natively; there is no guest/)
  })
})

describe('the kernels that are here', () => {
  test('are at first none, and every series has a line', async () => {
    const listed = await listKernels(await scratchCache())
    expect(listed.map(({ name }) => name)).toEqual(SERIES.map(({ name }) => name))
    expect(listed.filter(({ cached }) => cached)).toEqual([])
    expect(listed.find(({ name }) => name === '6.12')).toEqual({
      name: '6.12',
      suites: ['trixie', 'bookworm-backports'],
      default: true,
      matrix: true,
      cached: false,
    })
  })

  test('are told with their size and what their configuration has', async () => {
    const listed = await listKernels(await cacheWith('6.12', '7.1'))
    const [old, lost] = ['6.12', '7.1'].map(wanted => listed.find(({ name }) => name === wanted))
    expect(old).toMatchObject({ cached: true, suites: ['trixie'], version: '6.12.107-cloud-amd64' })
    expect(old?.bytes).toBeGreaterThan(4096)
    expect(old?.config).toMatchObject({ USER_NS: 'y', VFAT_FS: 'm', XFS_FS: '-' })
    expect(lost).toMatchObject({ cached: true, note: expect.stringContaining('no longer has') })
    expect(lost?.config).toBeUndefined()
  })

  test('besides the series are those of an exact version, and packages of the user', async () => {
    const cache = await cacheWith('6.1.176-1')
    const listed = await listKernels(cache)
    expect(listed.at(-1)).toMatchObject({ name: '6.1.176-1', cached: true, version: '6.1.0-50-cloud-amd64' })
    expect(listed.find(({ name }) => name === '6.1')?.cached).toBe(false)
  })

  test('whose name was lost are listed by their version', async () => {
    const cache = await cacheWith('6.12')
    for (const file of await readdir(join(cache.dir, 'series')))
      await writeFile(join(cache.dir, 'series', file), '{"ke')
    const listed = (await listKernels(cache)).filter(({ cached }) => cached)
    expect(listed.map(({ name }) => name)).toEqual(['6.12.107-cloud-amd64'])
  })

  test('left by an older idmaplab, or half written by hand, are passed over', async () => {
    const cache = await cacheWith('6.12')
    await cache.entry('kernels', 'old', async dir => writeFile(join(dir, 'kernel.json'), '{"version":"5.4"}'))
    await cache.entry('kernels', 'odd', async dir => writeFile(join(dir, 'kernel.json'), 'not json'))
    expect((await listKernels(cache)).filter(({ cached }) => cached).map(({ name }) => name)).toEqual(['6.12'])
  })
})

describe('removing kernels', () => {
  const cachedNames = async (cache: Cache) =>
    (await listKernels(cache)).filter(({ cached }) => cached).map(({ name }) => name)

  test('takes what a name or a version stands for, under all its names', async () => {
    const cache = await cacheWith('6.12', 'debian:trixie', '6.1', '7.1')
    expect((await removeKernels(cache, ['6.12'])).map(({ version }) => version)).toEqual(['6.12.107-cloud-amd64'])
    expect(await cachedNames(cache)).toEqual(['6.1', '7.1'])
    await removeKernels(cache, ['6.1.0-50-cloud-amd64'])
    expect(await cachedNames(cache)).toEqual(['7.1'])
  })

  test('that are not there removes nothing, and the sentence names the one', async () => {
    const cache = await cacheWith('6.12')
    await expect(removeKernels(cache, ['6.12', '6.1'])).rejects.toThrow(/There is no kernel "6\.1" in the cache/)
    expect(await cachedNames(cache)).toEqual(['6.12'])
  })

  test('can take them all', async () => {
    const cache = await cacheWith('6.12', '6.1')
    expect(await removeKernels(cache, 'all')).toHaveLength(2)
    expect(await cachedNames(cache)).toEqual([])
    expect(await removeKernels(cache, 'all')).toEqual([])
  })
})

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listKernels, resolveKernel } from '../../../vm/kernel/resolve.ts'
import { findSeries, nearestSeries, SERIES } from '../../../vm/kernel/series.ts'
import { silent } from '../../../vm/progress.ts'
import { scratchCache } from '../cache/scratch.ts'

describe('the kernels that have a name', () => {
  test('have one default', () => {
    expect(SERIES.filter(series => series.default).map(series => series.name)).toEqual(['6.12'])
  })

  test.each([
    ['6.1', 'linux-image-6.1.0-50-cloud-amd64', true],
    ['6.1', 'linux-image-6.12.107+deb13-cloud-amd64', false],
    ['6.1', 'linux-image-6.1.0-50-cloud-amd64-unsigned', false],
    ['6.1', 'linux-image-6.1.0-50-cloud-amd64-dbg', false],
    ['6.1', 'linux-image-6.1.0-50-amd64', false],
    ['6.1', 'linux-image-6.1-cloud-amd64', true],
    ['6.12', 'linux-image-6.12.107+deb13-cloud-amd64', true],
    ['5.10', 'linux-image-5.10.0-32-cloud-amd64', true],
  ])('%s: is it %s? %s', (name, package_, expected) => {
    expect(new RegExp(findSeries(name)?.packages ?? '').test(package_)).toBe(expected)
  })

  test.each([
    ['6.13', ['6.12', '6.1', '5.10']],
    ['6.2', ['6.1', '6.12', '5.10']],
    ['5.4', ['5.10', '6.1', '6.12']],
    ['latest', ['6.12', '6.1', '5.10']],
  ])('nearest to %s are %j', (wanted, expected) => {
    expect(nearestSeries(wanted)).toEqual(expected)
  })

  test('are listed without the network, and none is cached at first', async () => {
    const listed = await listKernels(await scratchCache())
    expect(listed.map(({ name, suite, cached }) => `${name} ${suite} ${cached}`)).toEqual([
      '5.10 bullseye false',
      '6.1 bookworm false',
      '6.12 trixie false',
    ])
  })
})

describe('asking for a kernel', () => {
  test("that is neither a series nor a path is the user's mistake, and the sentence has the nearest first", async () => {
    await expect(resolveKernel('6.13', { cache: await scratchCache(), progress: silent })).rejects.toMatchObject({
      code: 'KERNEL_UNKNOWN',
      blame: 'user',
      message: 'There is no kernel "6.13" here: give one of 6.12, 6.1, 5.10, or the path of a bzImage.',
    })
  })

  test('by a path that leads nowhere speaks of the path', async () => {
    await expect(resolveKernel('./nothing', { cache: await scratchCache(), progress: silent })).rejects.toMatchObject({
      code: 'KERNEL_UNUSABLE',
      message: expect.stringContaining('nothing cannot be read: there is no such file'),
    })
  })

  test("of Debian with modules of one's own is refused", async () => {
    const asked = resolveKernel('6.12', { modules: '/m', cache: await scratchCache(), progress: silent })
    await expect(asked).rejects.toMatchObject({ code: 'KERNEL_UNUSABLE', blame: 'user' })
  })

  test('that the cache remembers needs neither apt nor the network', async () => {
    const cache = await scratchCache()
    const about = { version: '6.12.1-cloud-amd64', package: 'linux-image-6.12.1-cloud-amd64 6.12.1-1', id: 'abc' }
    const make = async (dir: string): Promise<void> => {
      await writeFile(join(dir, 'kernel.json'), JSON.stringify(about))
      await writeFile(join(dir, 'vmlinuz'), 'x')
    }
    const entry = await cache.entry('kernels', 'key', make, { check: ['vmlinuz'], note: () => {} })
    await mkdir(join(cache.dir, 'series'))
    await writeFile(join(cache.dir, 'series/6.12-2'), 'key\n')
    expect(await resolveKernel('6.12', { cache, progress: silent })).toEqual({
      name: '6.12',
      image: join(entry, 'vmlinuz'),
      modules: join(entry, 'lib/modules/6.12.1-cloud-amd64'),
      ...about,
    })
    expect((await listKernels(cache)).find(({ name }) => name === '6.12')).toMatchObject({
      cached: true,
      version: about.version,
      package: about.package,
    })
    await writeFile(join(entry, 'vmlinuz'), 'y')
    expect((await listKernels(cache)).find(({ name }) => name === '6.12')).toMatchObject({ cached: false })
  })
})

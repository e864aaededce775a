import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Cache } from '../../../vm/cache/cache.ts'
import type { openApt } from '../../../vm/debian/apt.ts'
import { HarnessError } from '../../../vm/harness-error.ts'
import { debianKernel, fetchDebianKernel, requireOffered } from '../../../vm/kernel/debian.ts'
import type { Kernel } from '../../../vm/kernel/source.ts'
import { type DebianSpec, parseKernelSpec } from '../../../vm/kernel/spec.ts'
import { type Progress, silent } from '../../../vm/progress.ts'
import { scratchCache, scratchDirectory } from '../cache/scratch.ts'
import { type MadeUpSuite, madeUpArchive, splitKernel, wholeKernel } from './made-up.ts'

async function stage(suites: Readonly<Record<string, MadeUpSuite>>) {
  const updates: string[] = []
  const cache = await scratchCache()
  const archive = madeUpArchive(await scratchDirectory(), suites, updates)
  return { cache, updates, archive, fetch: (name: string) => fetched(name, cache, archive) }
}

function fetched(name: string, cache: Cache, archive: typeof openApt, progress: Progress = silent): Promise<Kernel> {
  return fetchDebianKernel(parseKernelSpec(name) as DebianSpec, { cache, progress }, archive)
}

describe('a kernel of Debian', () => {
  test('up to 6.18 comes out of one package, with its modules and its configuration', async () => {
    const { fetch } = await stage({ trixie: { there: wholeKernel('6.12.107+deb13-cloud-amd64', '6.12.107-1') } })
    const { modules = '', config = '', ...kernel } = await fetch('6.12')
    expect(kernel).toMatchObject({
      name: '6.12',
      version: '6.12.107+deb13-cloud-amd64',
      package: 'linux-image-6.12.107+deb13-cloud-amd64 6.12.107-1',
    })
    expect(kernel.note).toBeUndefined()
    expect(await readdir(modules)).toEqual(expect.arrayContaining(['modules.dep', 'modules.builtin']))
    expect(await readFile(config, 'utf8')).toContain('CONFIG_USER_NS=y')
  })

  test('from 7.2 comes out of three', async () => {
    const { fetch } = await stage({ sid: { there: splitKernel('7.2.13+deb14-cloud-amd64', '7.2.13-1') } })
    const { modules = '', config = '', image } = await fetch('7.2')
    expect((await readFile(image)).toString('latin1', 0x202, 0x206)).toBe('HdrS')
    expect(await readdir(modules)).toEqual(expect.arrayContaining(['kernel', 'modules.builtin', 'modules.dep']))
    expect(await readFile(config, 'utf8')).toContain('CONFIG_USER_NS=y')
  })

  test('whose modules the archive has lost is there without them, and says so', async () => {
    const [image] = splitKernel('7.1.13-cloud-amd64', '7.1.13-1')
    const { fetch } = await stage({ 'trixie-backports': { there: image === undefined ? [] : [image] } })
    const kernel = await fetch('7.1')
    expect(kernel.modules).toBeUndefined()
    expect(kernel.config).toBeUndefined()
    expect(kernel.note).toMatch(
      /no longer has the rest of Linux 7\.1\.13-cloud-amd64: linux-base-7\.1\.13-cloud-amd64, linux-modules-/,
    )
  })

  test('whose package is gone is replaced by the next of its series, and the note stays with it', async () => {
    const { fetch, cache, updates } = await stage({
      bullseye: {
        gone: wholeKernel('5.10.0-32-cloud-amd64', '5.10.223-1'),
        there: wholeKernel('5.10.0-30-cloud-amd64', '5.10.218-1'),
      },
    })
    const note = "Debian's archive does not have 5.10.223-1 any more: the kernel 5.10 is 5.10.218-1 here."
    expect(await fetch('5.10')).toMatchObject({ version: '5.10.0-30-cloud-amd64', note })
    expect(updates).toEqual(['bullseye', 'bullseye'])
    const again = await debianKernel(parseKernelSpec('5.10') as DebianSpec, { cache, progress: silent })
    expect(again).toMatchObject({ version: '5.10.0-30-cloud-amd64', note })
  })

  test('of an exact version that is gone is the next newer one, from whichever suite', async () => {
    const { fetch } = await stage({
      trixie: { there: wholeKernel('6.12.94-cloud-amd64', '6.12.94-1') },
      'bookworm-backports': { there: wholeKernel('6.12.57-cloud-amd64', '6.12.57-1~bpo12+1') },
    })
    expect(await fetch('6.12.50-1')).toMatchObject({
      name: '6.12.50-1',
      version: '6.12.57-cloud-amd64',
      note: "Debian's archive does not have 6.12.50-1 any more: the kernel 6.12.50-1 is 6.12.57-1~bpo12+1 here.",
    })
  })

  test('comes from the first suite that can give it, and suites that are not there are passed over', async () => {
    const { fetch, updates } = await stage({
      'trixie-backports': { there: wholeKernel('7.2.1-cloud-amd64', '7.2.1-1') },
    })
    expect(await fetch('7.2')).toMatchObject({ version: '7.2.1-cloud-amd64' })
    expect(updates).toEqual(['sid', 'forky', 'trixie-backports'])
  })

  test('of one suite is looked for in that one alone', async () => {
    const { fetch, updates } = await stage({
      sid: { there: wholeKernel('7.2.13-cloud-amd64', '7.2.13-1') },
      forky: { there: wholeKernel('7.2.12-cloud-amd64', '7.2.12-1') },
    })
    expect(await fetch('debian:forky')).toMatchObject({ name: 'debian:forky', version: '7.2.12-cloud-amd64' })
    expect(updates).toEqual(['forky'])
  })

  test.each([
    ['6.12.999-1', /\(trixie, bookworm-backports\) has no kernel 6\.12\.999-1 and no later one of its series/],
    ['debian:nowhere/6.12', /\(nowhere\) has no kernel debian:nowhere\/6\.12/],
  ])('that is nowhere is the mistake of the user: %s', async (name, sentence) => {
    const { fetch } = await stage({
      trixie: { there: wholeKernel('6.12.94-cloud-amd64', '6.12.94-1') },
      'bookworm-backports': {},
    })
    await expect(fetch(name)).rejects.toMatchObject({
      code: 'KERNEL_UNKNOWN',
      blame: 'user',
      message: expect.stringMatching(sentence),
    })
  })

  test('of a series that no suite ever had is refused without reading any', async () => {
    const { cache, updates, archive } = await stage({})
    expect(() => fetched('6.13', cache, archive)).toThrow(/There is no kernel "6.13" here: give one of 6.12,/)
    expect(updates).toEqual([])
  })

  test('of a series that is known by name, and that no suite offers any more, is the trouble of the archive', async () => {
    const { fetch } = await stage({ bullseye: {} })
    await expect(fetch('5.10')).rejects.toMatchObject({
      code: 'PACKAGE_FETCH',
      blame: 'harness',
      message: "Debian's archive (bullseye) offers no kernel 5.10 any more.",
    })
  })

  test('that the index names and the archive has lost altogether is the trouble of the archive', async () => {
    const { fetch } = await stage({ bookworm: { gone: wholeKernel('6.1.0-50-cloud-amd64', '6.1.176-1') } })
    await expect(fetch('6.1')).rejects.toMatchObject({
      code: 'PACKAGE_FETCH',
      blame: 'harness',
      message: expect.stringContaining('names 6.1.176-1 for the kernel 6.1, but has none of them any more'),
    })
  })

  test('is refused when what was fetched is not what the index promised, and nothing of it stays', async () => {
    const { archive, cache } = await stage({ bookworm: { there: wholeKernel('6.1.0-50-cloud-amd64', '6.1.176-1') } })
    const other: typeof openApt = async (...where) => {
      const apt = await archive(...where)
      const promised = { sha256: 'f'.repeat(64) }
      return {
        ...apt,
        candidates: async name => (await apt.candidates(name)).map(found => ({ ...found, ...promised })),
      }
    }
    await expect(fetched('6.1', cache, other)).rejects.toMatchObject({
      code: 'PACKAGE_FETCH',
      message: expect.stringMatching(
        /6\.1\.176-1 that was fetched is not the one that is wanted: its sha256 is [0-9a-f]{64} instead of f{64}/,
      ),
    })
    expect(await readdir(join(cache.dir, 'tmp'))).toEqual([])
    expect(await readdir(cache.dir)).not.toContain('kernels')
  })

  test('is fetched anew when a newer one is out, and taken from the cache otherwise', async () => {
    const older = await stage({ bookworm: { there: wholeKernel('6.1.0-47-cloud-amd64', '6.1.170-1') } })
    await older.fetch('6.1')
    const newer = madeUpArchive(await scratchDirectory(), {
      bookworm: { there: wholeKernel('6.1.0-50-cloud-amd64', '6.1.176-1') },
    })
    const asked = () => debianKernel(parseKernelSpec('6.1') as DebianSpec, { cache: older.cache, progress: silent })
    expect((await asked()).version).toBe('6.1.0-47-cloud-amd64')
    expect((await fetched('6.1', older.cache, newer)).version).toBe('6.1.0-50-cloud-amd64')
    expect((await asked()).version).toBe('6.1.0-50-cloud-amd64')
  })
})

describe('a kernel by its exact version', () => {
  const suites = { trixie: { there: wholeKernel('6.12.107-cloud-amd64', '6.12.107-1') } }
  const offline: typeof openApt = () => Promise.reject(new Error('the archive was asked'))

  test.each(['6.12.107-1', 'debian:trixie/6.12.107-1'])(
    '%s comes from the cache, whatever its name was there',
    async name => {
      const { fetch, cache } = await stage(suites)
      const fetched = await fetch('6.12')
      const spec = parseKernelSpec(name) as DebianSpec
      expect(await debianKernel(spec, { cache, progress: silent }, offline)).toEqual({ ...fetched, name })
    },
  )

  test.each(['6.12.107-2', '6.12.107', 'debian:sid/6.12.107-1'])('%s is another one', async name => {
    const { fetch, cache } = await stage(suites)
    await fetch('6.12')
    const spec = parseKernelSpec(name) as DebianSpec
    await expect(debianKernel(spec, { cache, progress: silent }, offline)).rejects.toThrow('the archive was asked')
  })
})

describe('whether Debian offers a kernel is found out without fetching it', () => {
  const asked = async (name: string, suites: Readonly<Record<string, MadeUpSuite>>) => {
    const { cache, archive, updates } = await stage(suites)
    await requireOffered(parseKernelSpec(name) as DebianSpec, { cache, progress: silent }, archive)
    expect(await readdir(join(cache.dir, 'kernels')).catch(() => [])).toEqual([])
    return updates
  }
  const trixie = { there: wholeKernel('6.12.94-cloud-amd64', '6.12.94-1') }
  const suites = { trixie, 'bookworm-backports': {}, sid: {}, experimental: {}, 'trixie-backports': {} }

  test.each([
    ['6.12.94-1', ['trixie']],
    ['6.12.94', ['trixie']],
    ['debian:trixie', ['trixie']],
    // A later one stands in for it.
    ['6.12.43-1', ['trixie']],
    // Known by name, whatever the archive has at the moment.
    ['6.1', []],
  ])('%s', async (name, updates) => {
    expect(await asked(name, suites)).toEqual(updates)
  })

  test.each(['9.99', '6.12.999-1', 'debian:sid/6.12', 'debian:nowhere', '6.13'])(
    '%s, which it does not, is the mistake of the user',
    async name => {
      await expect(asked(name, suites)).rejects.toMatchObject({ code: 'KERNEL_UNKNOWN', blame: 'user' })
    },
  )

  test('an archive that cannot be asked is no mistake of the user', async () => {
    const { cache, archive } = await stage(suites)
    const unreachable: typeof openApt = async (...args) => ({
      ...(await archive(...args)),
      update: () => Promise.reject(new HarnessError('PACKAGE_FETCH', 'The archive does not answer.')),
    })
    const spec = parseKernelSpec('9.99') as DebianSpec
    await expect(requireOffered(spec, { cache, progress: silent }, unreachable)).rejects.toMatchObject({
      code: 'PACKAGE_FETCH',
      blame: 'harness',
    })
  })
})

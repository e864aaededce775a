import { existsSync, watch } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cacheDirectory, openCache } from '../../../vm/cache/cache.ts'
import { HarnessError } from '../../../vm/harness-error.ts'
import { runTool } from '../../../vm/tool.ts'
import { otherProcess } from './other-process.ts'
import { scratchCache, scratchDirectory } from './scratch.ts'

describe('where the cache is', () => {
  test.each([
    [{ IDMAPLAB_CACHE: '/mine', XDG_CACHE_HOME: '/xdg' }, '/mine'],
    [{ IDMAPLAB_CACHE: '', XDG_CACHE_HOME: '/xdg' }, '/xdg/idmaplab'],
    [{ XDG_CACHE_HOME: 'relative' }, `${homedir()}/.cache/idmaplab`],
    [{}, `${homedir()}/.cache/idmaplab`],
  ])('%j gives %s', (environment, expected) => {
    expect(cacheDirectory(environment)).toBe(expected)
  })

  test('a file where the cache should be is CACHE_UNUSABLE and says what to set', async () => {
    const file = join(await scratchDirectory(), 'file')
    await writeFile(file, '')
    await expect(openCache(file)).rejects.toMatchObject({
      code: 'CACHE_UNUSABLE',
      message: expect.stringMatching(/file cannot be used: .*set IDMAPLAB_CACHE/),
    })
  })
})

/** The whole content of an entry in these tests. */
const make = async (dir: string): Promise<void> => writeFile(join(dir, 'content'), 'x')

describe('an entry', () => {
  test('is made once and found from then on', async () => {
    const cache = await scratchCache()
    expect(await cache.find('things', 'one')).toBeUndefined()
    const path = await cache.entry('things', 'one', make)
    expect(path).toBe(join(cache.dir, 'things/one'))
    expect(await cache.entry('things', 'one', () => Promise.reject(new Error('made twice')))).toBe(path)
    expect(await readdir(path)).toEqual(['content'])
  })

  test('whose make fails leaves nothing behind and can be made again', async () => {
    const cache = await scratchCache()
    const fail = async (dir: string): Promise<void> => {
      await make(dir)
      throw new Error('half-way')
    }
    await expect(cache.entry('things', 'one', fail)).rejects.toThrow('half-way')
    expect(await cache.find('things', 'one')).toBeUndefined()
    expect(await readdir(join(cache.dir, 'tmp'))).toEqual([])
    await cache.entry('things', 'one', make)
  })
})

describe('an entry that another process makes', () => {
  test('is waited for and found, not made a second time', async () => {
    const cache = await scratchCache()
    const makes = join(cache.dir, 'makes')
    const first = otherProcess('make-entry', cache.dir, makes)
    await first.said('half made')
    const second = otherProcess('make-entry', cache.dir, makes)
    await second.said('waiting')
    expect(await cache.find('things', 'one')).toBeUndefined()
    first.goOn()
    await Promise.all([first.said(join(cache.dir, 'things/one')), second.said(join(cache.dir, 'things/one'))])
    expect(await readFile(makes, 'utf8')).toBe('made\n')
  })

  test('is never found when that process was killed half-way, and is swept away when the cache is next opened', async () => {
    const cache = await scratchCache()
    const maker = otherProcess('make-entry', cache.dir, join(cache.dir, 'makes'))
    await maker.said('half made')
    await maker.kill()
    expect(await cache.find('things', 'one')).toBeUndefined()
    expect(await readdir(join(cache.dir, 'tmp'))).toHaveLength(1)
    const again = await openCache(cache.dir)
    expect(await readdir(join(cache.dir, 'tmp'))).toEqual([])
    expect(await readdir(await again.entry('things', 'one', make))).toEqual(['content'])
  })

  test('left half made by an unknown owner is swept by the next make of the same entry only', async () => {
    const cache = await scratchCache()
    for (const name of ['things.one.1-1-abcdef', 'things.two.1-1-abcdef']) await mkdir(join(cache.dir, 'tmp', name))
    await cache.entry('things', 'one', make)
    expect(await readdir(join(cache.dir, 'tmp'))).toEqual(['things.two.1-1-abcdef'])
  })
})

describe('a full disk', () => {
  const full = {
    code: 'DISK_FULL',
    message: expect.stringMatching(/no room for the thing in .*cache: .* MB are free/),
  }

  test('is noticed before the work is begun', async () => {
    const cache = await scratchCache()
    const began = (): Promise<void> => Promise.reject(new Error('began'))
    await expect(cache.entry('things', 'one', began, { what: 'the thing', bytes: 1e18 })).rejects.toMatchObject(full)
  })

  test('in the middle of it is said in the same words, whoever noticed', async () => {
    const cache = await scratchCache()
    const byUs = (): Promise<void> => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' }))
    await expect(cache.entry('things', 'one', byUs, { what: 'the thing' })).rejects.toMatchObject(full)
    const complain = ['sh', '-c', 'echo "cp: x: No space left on device" >&2; exit 1']
    const byTool = async (): Promise<void> => void (await runTool(complain, { what: 'copying', code: 'IMAGE_BUILD' }))
    await expect(cache.entry('things', 'one', byTool, { what: 'the thing' })).rejects.toMatchObject(full)
  })
})

describe('a temporary directory', () => {
  test('is gone after the block that uses it', async () => {
    const cache = await scratchCache()
    let path: string
    {
      await using temporary = await cache.temporary()
      path = temporary.path
      await writeFile(join(path, 'file'), '')
    }
    expect(existsSync(path)).toBe(false)
  })

  test('of a living process stays when another opens the cache, and goes by itself when its owner is killed', async () => {
    const cache = await scratchCache()
    const other = otherProcess('keep-temporary', cache.dir)
    await other.said('made')
    await openCache(cache.dir)
    expect(await readdir(join(cache.dir, 'tmp'))).toHaveLength(1)
    const watcher = watch(join(cache.dir, 'tmp'))
    const emptied = new Promise<void>(resolve => {
      watcher.on('change', async () => {
        if ((await readdir(join(cache.dir, 'tmp'))).length === 0) resolve()
      })
    })
    await other.kill()
    await emptied
    watcher.close()
  })

  test('of an owner that is long dead goes when the cache is next opened', async () => {
    const cache = await scratchCache()
    await using temporary = await cache.temporary()
    const dead = basename(temporary.path).replace(/\.\d+-\d+-/, '.1-1-')
    await mkdir(join(cache.dir, 'tmp', dead))
    await openCache(cache.dir)
    expect(await readdir(join(cache.dir, 'tmp'))).toEqual([basename(temporary.path)])
  })
})

test('the logs of the newest 20 runs are kept', async () => {
  const cache = await scratchCache()
  const all = join(cache.dir, 'logs')
  for (let day = 1; day <= 25; day++) await mkdir(join(all, `2020-01-${String(day).padStart(2, '0')}.1-1-abcdef`))
  const newest = basename(await cache.logs())
  const kept = (await readdir(all)).sort()
  expect(kept).toHaveLength(20)
  expect(kept[0]).toBe('2020-01-07.1-1-abcdef')
  expect(kept.at(-1)).toBe(newest)
})

test('a tool that is not installed is PREREQUISITE_MISSING, one that fails has what it said in the details', async () => {
  const run = { what: 'trying', code: 'IMAGE_BUILD' } as const
  await expect(runTool(['no-such-tool'], run)).rejects.toMatchObject({
    code: 'PREREQUISITE_MISSING',
    message: expect.stringContaining('no-such-tool was not found'),
  })
  const failed = await runTool(['sh', '-c', 'echo so; echo sorry >&2; exit 3'], run).catch(error => error)
  expect(failed).toBeInstanceOf(HarnessError)
  expect(failed).toMatchObject({ code: 'IMAGE_BUILD', message: 'Trying failed: sh ended with exit code 3.' })
  expect(failed.details.slice(0, 2)).toEqual(['so', 'sorry'])
})

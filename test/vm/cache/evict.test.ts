import { existsSync } from 'node:fs'
import { mkdir, readdir, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Cache } from '../../../vm/cache/cache.ts'
import { openCache } from '../../../vm/cache/cache.ts'
import { contents } from '../../../vm/cache/contents.ts'
import { keepNewest, prune, remove } from '../../../vm/cache/evict.ts'
import { otherProcess } from './other-process.ts'
import { scratchCache } from './scratch.ts'

const KIB = 1024

/** An entry as an earlier process left it, used that many days ago. */
async function left(cache: Cache, key: string, days: number, kib = 64): Promise<void> {
  const dir = join(cache.dir, 'things', key)
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'content'), Buffer.alloc(kib * KIB, 1))
  const then = new Date(Date.now() - days * 86_400_000)
  await utimes(dir, then, then)
}

const keys = async (cache: Cache) => (await contents(cache.dir)).map(({ key }) => key)

test('what is kept is listed with its size on the disk, the one used longest ago first', async () => {
  const cache = await scratchCache()
  await left(cache, 'young', 1)
  await left(cache, 'old', 9, 1024)
  const [old, young] = await contents(cache.dir)
  expect(old).toMatchObject({ kind: 'things', key: 'old', usedBy: [] })
  expect(young?.key).toBe('young')
  expect(old?.bytes).toBeGreaterThanOrEqual(1024 * KIB)
  expect(young?.bytes).toBeLessThan(200 * KIB)
})

test('the holes of a file, such as the memory of a guest, take no room', async () => {
  const cache = await scratchCache()
  await left(cache, 'sparse', 1, 4)
  await truncate(join(cache.dir, 'things/sparse/content'), 1e9)
  expect((await contents(cache.dir))[0]?.bytes).toBeLessThan(100 * KIB)
})

test('what an entry was made for is known to whoever lists it', async () => {
  const cache = await scratchCache()
  await cache.entry('things', 'one', async dir => writeFile(join(dir, 'content'), 'x'), { what: 'a thing\x1b[2J' })
  expect(await contents(cache.dir)).toMatchObject([{ key: 'one', what: 'a thing\\x1b[2J' }])
})

test('what a live process uses is not removed, and it is said who uses it; when that process ended, it is', async () => {
  const cache = await scratchCache()
  await left(cache, 'one', 5)
  const user = otherProcess('use-entry', cache.dir, 'one')
  await user.said('found')
  const who = [expect.stringMatching(/^process \d+ \(use-entry\.ts /)]
  expect(await contents(cache.dir)).toMatchObject([{ key: 'one', usedBy: who }])
  expect(await remove(cache.dir, { kind: 'things', key: 'one' })).toEqual(who)
  expect(existsSync(join(cache.dir, 'things/one/content'))).toBe(true)
  user.goOn()
  await user.end()
  expect(await remove(cache.dir, { kind: 'things', key: 'one' })).toEqual([])
  expect(existsSync(join(cache.dir, 'things/one'))).toBe(false)
  expect(await readdir(join(cache.dir, 'tmp'))).toEqual([])
})

test('a process that was killed uses nothing any more', async () => {
  const cache = await scratchCache()
  await left(cache, 'one', 5)
  const user = otherProcess('use-entry', cache.dir, 'one')
  await user.said('found')
  await user.kill()
  expect(await remove(cache.dir, { kind: 'things', key: 'one' })).toEqual([])
  await openCache(cache.dir)
  expect(await readdir(join(cache.dir, 'uses'))).toEqual([])
})

test('what another process makes at this moment is not removed', async () => {
  const cache = await scratchCache()
  const maker = otherProcess('make-entry', cache.dir, join(cache.dir, 'makes'))
  await maker.said('half made')
  expect(await remove(cache.dir, { kind: 'things', key: 'one' })).toEqual([
    expect.stringMatching(/^process \d+ \(make-entry\.ts /),
  ])
})

test('pruning removes what was used longest ago, and no more than it must', async () => {
  const cache = await scratchCache()
  for (const [key, days] of [
    ['a', 9],
    ['b', 7],
    ['c', 5],
    ['d', 3],
  ] as const)
    await left(cache, key, days)
  const all = (await contents(cache.dir)).reduce((sum, { bytes }) => sum + bytes, 0)
  const { removed, bytes } = await prune(cache.dir, all / 2)
  expect(removed.map(({ key }) => key)).toEqual(['a', 'b'])
  expect(bytes).toBeLessThanOrEqual(all / 2)
  expect(await keys(cache)).toEqual(['c', 'd'])
  expect((await prune(cache.dir, all)).removed).toEqual([])
})

test('pruning passes over what is in use, however long ago it was used first', async () => {
  const cache = await scratchCache()
  for (const [key, days] of [
    ['used', 9],
    ['unused', 3],
  ] as const)
    await left(cache, key, days)
  const user = otherProcess('use-entry', cache.dir, 'used')
  await user.said('found')
  const { removed, bytes } = await prune(cache.dir, 0)
  expect(removed.map(({ key }) => key)).toEqual(['unused'])
  expect(bytes).toBeGreaterThan(0)
  expect(await keys(cache)).toEqual(['used'])
})

test('using an entry makes it the one used last', async () => {
  const cache = await scratchCache()
  await left(cache, 'a', 9)
  await left(cache, 'b', 5)
  expect(await keys(cache)).toEqual(['a', 'b'])
  await cache.find('things', 'a')
  expect(await keys(cache)).toEqual(['b', 'a'])
})

test('the logs of a run that is going on are not removed, those of one that ended are', async () => {
  const cache = await scratchCache()
  const ours = (await cache.logs()).split('/').at(-1) ?? ''
  const dead = ours.replace(/\.\d+-\d+-/, '.1-1-')
  await mkdir(join(cache.dir, 'logs', dead))
  await prune(cache.dir, 0)
  expect(await readdir(join(cache.dir, 'logs'))).toEqual([ours])
})

test('of those meant the ones used last are kept, and the others stay as they are', async () => {
  const cache = await scratchCache()
  const days = { 'a-1': 4, 'a-2': 2, 'a-3': 3, 'a-4': 1, 'b-1': 9 }
  for (const [key, then] of Object.entries(days)) await left(cache, key, then)
  await keepNewest(cache.dir, 'things', key => key.startsWith('a-'), 2)
  expect(await keys(cache)).toEqual(['b-1', 'a-2', 'a-4'])
})

test('what somebody else removed since it was listed is no error, however many remove it at once', async () => {
  const cache = await scratchCache()
  expect(await remove(cache.dir, { kind: 'things', key: 'gone' })).toEqual([])
  for (let i = 0; i < 6; i++) await left(cache, `a-${i}`, i)
  await Promise.all([1, 2, 3].map(() => keepNewest(cache.dir, 'things', () => true, 2)))
  expect(await keys(cache)).toEqual(['a-1', 'a-0'])
  await keepNewest(cache.dir, 'nothing', () => true, 2)
})

test('an entry nobody described is called by what its kind is for', async () => {
  const cache = await scratchCache()
  await cache.entry('loaders', 'one', async dir => writeFile(join(dir, 'content'), 'x'))
  expect(await contents(cache.dir)).toMatchObject([{ what: 'what waits in a guest for its agent' }])
})

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dir } from 'tmp-promise'
import { expect, onTestFinished, test } from 'vitest'
import { type Cache, openCache } from '../../../vm/cache/cache.ts'

const run = promisify(execFile)
const asRoot = process.getuid?.() === 0
const COMMAND = fileURLToPath(new URL('../../../ci/idmaplab.mjs', import.meta.url))

/** A cache on a file system of its own of one megabyte. */
async function smallCache(): Promise<Cache> {
  const place = await dir()
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=60', 'none', place.path])
  onTestFinished(async () => {
    await run('umount', ['-l', place.path])
    await place.cleanup()
  })
  return openCache(join(place.path, 'cache'))
}

/** Takes what room is left. */
async function fill(cache: Cache): Promise<void> {
  await writeFile(join(cache.dir, 'filling'), Buffer.alloc(2e6)).catch(() => {})
}

/** Takes what inodes are left: then not even an empty file can be made. */
async function fillInodes(cache: Cache): Promise<void> {
  for (let i = 0; ; i++)
    if (
      await writeFile(join(cache.dir, `inode${i}`), '').then(
        () => false,
        () => true,
      )
    )
      return
}

const full = {
  code: 'DISK_FULL',
  message: expect.stringMatching(/^There is no room for .* in .*cache: 0 MB are free; make room/),
}
const title = (sentence: string) => (asRoot ? sentence : `${sentence} (left out: it mounts, which only root may)`)

test.skipIf(!asRoot)(
  title('an entry that does not fit is a sentence, leaves nothing, and can be made when there is room'),
  async () => {
    const cache = await smallCache()
    const make = (bytes: number) => (dir: string) => writeFile(join(dir, 'content'), Buffer.alloc(bytes))
    await expect(cache.entry('things', 'one', make(2e6), { what: 'the thing' })).rejects.toMatchObject(full)
    expect(await cache.find('things', 'one')).toBeUndefined()
    await cache.entry('things', 'one', make(100), { what: 'the thing' })
  },
)

test.skipIf(!asRoot)(title('with no room left at all every part of the cache says the same sentence'), async () => {
  const cache = await smallCache()
  await fillInodes(cache)
  await expect(cache.entry('things', 'one', async () => {})).rejects.toMatchObject({ code: 'DISK_FULL' })
  await expect(cache.temporary()).rejects.toMatchObject({ code: 'DISK_FULL' })
  await expect(cache.logs()).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(await cache.find('things', 'one')).toBeUndefined()
})

test.skipIf(!asRoot)(
  title('a run without room for its kernel says so once of the kernel and in each case, and exits with 2'),
  async () => {
    const cache = await smallCache()
    await fill(cache)
    const child = spawn(process.execPath, [COMMAND, 'run', 'vfat-usb-stick'], {
      env: { ...process.env, IDMAPLAB_CACHE: cache.dir, CI: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    const sentence = /There is no room for .* in .*: .*0 MB are free; make room .*\.$/
    const saying = (output: string) => output.split('\n').filter(line => sentence.test(line))
    expect(code).toBe(2)
    expect(saying(stderr)).toEqual([])
    expect(saying(stdout)).toEqual([
      expect.stringMatching(/^the kernel \S+ cannot be used: There is no room /),
      expect.stringMatching(/^ {2}DISK_FULL: There is no room /),
    ])
    expect(stdout).toMatch(/^1 case: 0 PASS, 0 FAIL, 0 SKIP, 1 ERROR$/m)
    expect(stdout + stderr).not.toMatch(/^\s+at /m)
  },
)

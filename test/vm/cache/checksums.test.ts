import { mkdir, open, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { damage, writeChecksums } from '../../../vm/cache/checksums.ts'
import { scratchCache, scratchDirectory } from './scratch.ts'

const MIB = 1024 * 1024

/** Four MiB, the second and last of which hold something. */
async function sparseFile(path: string): Promise<void> {
  await using file = await open(path, 'w')
  await file.write('snow', 1.5 * MIB)
  await file.write('ice', 3 * MIB)
  await file.truncate(4 * MIB)
}

async function flip(path: string, at: number): Promise<void> {
  await using file = await open(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0x10]), 0, 1, at)
}

async function checked(): Promise<{ dir: string; file: string }> {
  const dir = await scratchDirectory()
  const file = join(dir, 'ram')
  await sparseFile(file)
  await writeChecksums(dir, ['ram'])
  return { dir, file }
}

test('files as they were written are intact', async () => {
  const { dir } = await checked()
  expect(await damage(dir, ['ram'])).toBeUndefined()
})

test.each([
  ['where there was something', 1.5 * MIB, 'around 1 MiB'],
  ['in a hole', 2 * MIB + 17, 'around 2 MiB'],
  ['at the end', 4 * MIB - 1, 'around 3 MiB'],
])('one bit that flipped %s is noticed, before and after the file was found intact', async (_, at, where) => {
  const { dir, file } = await checked()
  await flip(file, at)
  expect(await damage(dir, ['ram'])).toBe(`ram: its bytes have changed ${where}`)
  await flip(file, at)
  expect(await damage(dir, ['ram'])).toBeUndefined()
  await flip(file, at)
  expect(await damage(dir, ['ram'])).toContain(where)
})

test('a bit that flipped is noticed although the file’s times were put back', async () => {
  const { dir, file } = await checked()
  const { atime, mtime } = await open(file).then(async handle => {
    await using it = handle
    return it.stat()
  })
  expect(await damage(dir, ['ram'])).toBeUndefined()
  await flip(file, 3 * MIB)
  await utimes(file, atime, mtime)
  expect(await damage(dir, ['ram'])).toContain('have changed')
})

test('a file that was cut short, or is gone, or never had a checksum is damaged', async () => {
  const { dir, file } = await checked()
  await truncate(file, 4 * MIB - 1)
  expect(await damage(dir, ['ram'])).toBe('ram: it is 4194303 bytes long and should be 4194304')
  await rm(file)
  expect(await damage(dir, ['ram'])).toContain('ENOENT')
  expect(await damage(dir, ['state'])).toBe('there is no checksum for state')
  for (const nonsense of ['', '{', '[]', '{"ram": 1}', '{"ram": {"size": 1, "allocated": 1, "blocks": [true]}}']) {
    await writeFile(join(dir, 'checksums.json'), nonsense)
    expect(await damage(dir, ['ram']), nonsense).toBeDefined()
  }
})

test('an entry that is damaged is said once, made again, and found again', async () => {
  const cache = await scratchCache()
  const notes: string[] = []
  const options = { check: ['thing'], note: (line: string) => notes.push(line) }
  let made = 0
  const make = async (dir: string): Promise<void> => {
    made += 1
    await mkdir(join(dir, 'beside'))
    await writeFile(join(dir, 'thing'), 'made of snow')
  }
  const entry = await cache.entry('things', 'one', make, options)
  expect(await cache.find('things', 'one', options)).toBe(entry)
  for (const round of [1, 2]) {
    await flip(join(entry, 'thing'), 3)
    expect(await cache.find('things', 'one', options)).toBeUndefined()
    expect(await cache.find('things', 'one')).toBe(entry)
    expect(await cache.entry('things', 'one', make, options)).toBe(entry)
    expect(made).toBe(1 + round)
    expect(notes).toHaveLength(round)
    expect(await cache.find('things', 'one', options)).toBe(entry)
  }
  expect(notes[0]).toBe(
    `Damaged in the cache, so it is not used but made again: ${entry} (thing: its bytes have changed around 0 MiB).`,
  )
})

import { open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import * as v from 'valibot'

/**
 * Writes down what `names`, files of the directory, hold: {@link damage} tells later whether they still do. A CRC-32 of each
 * MiB, for decay, a cut or a slip of the hand, not for an attacker, who could write what he likes: 0.04 s for 160 MB.
 */
export async function writeChecksums(dir: string, names: readonly string[]): Promise<void> {
  const sums: Record<string, Sums> = {}
  for (const name of names) sums[name] = await sumsOf(join(dir, name))
  await writeFile(join(dir, CHECKSUMS), JSON.stringify(sums))
}

/** What is wrong with the files, in words; `undefined` if nothing. A file is read once a process, and again only if its times, size or inode have changed. */
export async function damage(dir: string, names: readonly string[]): Promise<string | undefined> {
  const sums = await readChecksums(dir)
  if (sums === undefined) return 'its checksums are gone'
  for (const name of names) {
    const expected = sums[name]
    if (expected === undefined) return `there is no checksum for ${name}`
    const wrong = await wrongWith(join(dir, name), expected).catch(error => `it cannot be read (${String(error)})`)
    if (wrong !== undefined) return `${name}: ${wrong}`
  }
  return undefined
}

const CHECKSUMS = 'checksums.json'
const BLOCK = 1024 * 1024

const sumsShape = v.object({
  size: v.number(),
  /** In 512 bytes, as stat(2) has it: fewer than `size` where there are holes. */
  allocated: v.number(),
  /** CRC-32 of each block that is not all zero, by its number. */
  blocks: v.record(v.string(), v.number()),
})
type Sums = v.InferOutput<typeof sumsShape>

async function readChecksums(dir: string): Promise<Readonly<Record<string, Sums>> | undefined> {
  try {
    return v.parse(v.record(v.string(), sumsShape), JSON.parse(await readFile(join(dir, CHECKSUMS), 'utf8')))
  } catch {
    return undefined
  }
}

async function sumsOf(path: string): Promise<Sums> {
  await using file = await open(path)
  // What is not on the disk yet is counted only roughly.
  await file.datasync()
  const { size, blocks: allocated } = await file.stat()
  const blocks: Record<string, number> = {}
  const all = Array.from({ length: Math.ceil(size / BLOCK) }, (_, i) => i)
  for await (const [i, sum] of sumsIn(file, all)) if (sum !== undefined) blocks[i] = sum
  return { size, allocated, blocks }
}

type File = Awaited<ReturnType<typeof open>>
const ZERO = Buffer.alloc(BLOCK)

async function* sumsIn(file: File, blocks: readonly number[]): AsyncGenerator<readonly [number, number | undefined]> {
  const buffer = Buffer.allocUnsafe(BLOCK)
  for (const block of blocks) {
    const { bytesRead } = await file.read(buffer, 0, BLOCK, block * BLOCK)
    const bytes = buffer.subarray(0, bytesRead)
    yield [block, bytes.equals(ZERO.subarray(0, bytesRead)) ? undefined : crc32(bytes)]
  }
}

const intact = new Map<string, string>()

async function wrongWith(path: string, expected: Sums): Promise<string | undefined> {
  const { dev, ino, size, mtimeNs, ctimeNs, blocks } = await stat(path, { bigint: true })
  const state = [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  if (intact.get(path) === state) return undefined
  if (Number(size) !== expected.size) return `it is ${size} bytes long and should be ${expected.size}`
  // Holes are worth a look only when they are not where they were.
  const count = Math.ceil(expected.size / BLOCK)
  const same = Number(blocks) === expected.allocated
  const worthReading = same ? Object.keys(expected.blocks).map(Number) : Array.from({ length: count }, (_, i) => i)
  await using file = await open(path)
  for await (const [block, sum] of sumsIn(file, worthReading))
    if (sum !== expected.blocks[block]) return `its bytes have changed around ${block} MiB`
  intact.set(path, state)
  return undefined
}

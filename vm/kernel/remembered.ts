import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { IMAGE, type KernelAbout, RECIPE, readAbout, readPackaged } from './packaged.ts'
import type { Kernel } from './source.ts'
import type { DebianSpec } from './spec.ts'

/** Which entry of the cache a name of Debian's kernels stood for when it was last looked up. */
export type Remembered = {
  readonly key: string
  /** What was to be said about the choice. */
  readonly note?: string
}

/** A file for each name, replaced whole, so a reader sees the old one or the new one. */
export async function remember(cache: Cache, name: string, what: Remembered): Promise<void> {
  await using scratch = await cache.temporary()
  await mkdir(join(cache.dir, 'series'), { recursive: true })
  await writeFile(join(scratch.path, 'series'), `${JSON.stringify(what)}\n`)
  await rename(join(scratch.path, 'series'), fileOf(cache, name))
}

export async function forget(cache: Cache, name: string): Promise<void> {
  await rm(fileOf(cache, name), { force: true })
}

/** The kernel that earlier runs left in the cache under this name. */
export async function cachedKernel(
  cache: Cache,
  name: string,
  note: (line: string) => void = () => {},
): Promise<Kernel | undefined> {
  const found = await recall(cache, name)
  const entry = found === undefined ? undefined : await cache.find('kernels', found.key, { check: [IMAGE], note })
  return entry === undefined ? undefined : readPackaged(name, entry, found?.note)
}

/** The same by the exact version of its package, under whatever name it was fetched. */
export async function cachedVersion(
  cache: Cache,
  { name, suite, version }: Pick<DebianSpec, 'name' | 'suite' | 'version'>,
  note: (line: string) => void,
): Promise<Kernel | undefined> {
  for (const [known, { key }] of await rememberedNames(cache)) {
    const about = await cachedPackages(cache, known)
    if (about?.packages[0]?.version !== version || (suite !== undefined && about?.suite !== suite)) continue
    const entry = await cache.find('kernels', key, { check: [IMAGE], note })
    if (entry !== undefined) return readPackaged(name, entry)
  }
  return undefined
}

/** The packages of that kernel, to the byte. */
export async function cachedPackages(cache: Cache, name: string): Promise<KernelAbout | undefined> {
  const found = await recall(cache, name)
  const entry = found === undefined ? undefined : await cache.find('kernels', found.key)
  return entry === undefined ? undefined : readAbout(entry)
}

/** Every name there is a file for, with the key of its entry. */
export async function rememberedNames(cache: Cache): Promise<ReadonlyMap<string, Remembered>> {
  const files = await readdir(join(cache.dir, 'series')).catch(() => [])
  const names = files
    .filter(file => file.endsWith(SUFFIX))
    .map(file => decodeURIComponent(file.slice(0, -SUFFIX.length)))
  const all = await Promise.all(names.map(async name => [name, await recall(cache, name)] as const))
  return new Map(all.flatMap(([name, found]) => (found === undefined ? [] : [[name, found] as const])))
}

/** A name may have a `/` in it. */
const SUFFIX = `-${RECIPE}`

function fileOf(cache: Cache, name: string): string {
  return join(cache.dir, 'series', `${encodeURIComponent(name)}${SUFFIX}`)
}

async function recall(cache: Cache, name: string): Promise<Remembered | undefined> {
  const text = await readFile(fileOf(cache, name), 'utf8').catch(() => '')
  try {
    const { key, note } = JSON.parse(text) as Partial<Remembered>
    return typeof key !== 'string' ? undefined : { key, ...(note === undefined ? {} : { note }) }
  } catch {
    // Nothing, or a file that a full disk or a person cut short: the name is looked up anew.
    return undefined
  }
}

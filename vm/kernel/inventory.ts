import { readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { unusable } from './bzimage.ts'
import { OPTIONS, readConfiguration, type Setting } from './configuration.ts'
import { type KernelAbout, readAbout, readPackaged } from './packaged.ts'
import { cachedKernel, forget, type Remembered, rememberedNames } from './remembered.ts'
import { SERIES } from './series.ts'
import type { Kernel } from './source.ts'

/** A kernel that can be asked for by name, and what the cache has of it. */
export type KnownKernel = {
  readonly name: string
  /** The suites of Debian that may have it; the one it came from, once it is in the cache. */
  readonly suites: readonly string[]
  /** Taken when none is asked for. */
  readonly default: boolean
  /** One of those that are looked at when many are asked for and none is named. */
  readonly matrix: boolean
  readonly cached: boolean
  /** What `uname -r` says; known once it is in the cache, as are the following. */
  readonly version?: string
  readonly package?: string
  readonly note?: string
  /** What it takes in the cache. */
  readonly bytes?: number
  /** Of `OPTIONS`; absent if the package that has the configuration is gone. */
  readonly config?: Readonly<Record<string, Setting>>
}

/** The series that have a name, oldest first, then whatever else the cache has: exact versions, other suites, packages of the user's. Without the network. */
export async function listKernels(cache: Cache): Promise<readonly KnownKernel[]> {
  const names = await rememberedNames(cache)
  const series = SERIES.map(async ({ name, suites, default: taken = false, matrix = false }): Promise<KnownKernel> => {
    const known = { name, suites, default: taken, matrix, cached: false }
    const kernel = await cachedKernel(cache, name)
    return kernel === undefined ? known : { ...known, ...(await describe(cache, kernel, names.get(name)?.key ?? '')) }
  })
  return [...(await Promise.all(series)), ...(await others(cache, names))]
}

async function others(cache: Cache, names: ReadonlyMap<string, Remembered>): Promise<KnownKernel[]> {
  const ofSeries = new Set(SERIES.map(({ name }) => name))
  const found: KnownKernel[] = []
  for (const key of await entries(cache)) {
    const called = [...names].filter(([, remembered]) => remembered.key === key).map(([name]) => name)
    if (called.some(name => ofSeries.has(name))) continue
    const entry = join(cache.dir, 'kernels', key)
    const { version } = await readAbout(entry)
    const [name = version] = called
    const kernel = await readPackaged(name, entry, names.get(name)?.note)
    found.push({
      name,
      suites: [],
      default: false,
      matrix: false,
      cached: true,
      ...(await describe(cache, kernel, key)),
    })
  }
  return found
}

async function describe(cache: Cache, kernel: Kernel, key: string): Promise<Partial<KnownKernel>> {
  const entry = join(cache.dir, 'kernels', key)
  const { suite } = await readAbout(entry)
  const configuration = await readConfiguration(kernel.config)
  return {
    suites: suite === undefined ? [] : [suite],
    cached: true,
    version: kernel.version,
    ...(kernel.package === undefined ? {} : { package: kernel.package }),
    ...(kernel.note === undefined ? {} : { note: kernel.note }),
    bytes: await sizeOf(entry),
    ...(configuration === undefined
      ? {}
      : { config: Object.fromEntries(OPTIONS.map(option => [option, configuration(option)])) }),
  }
}

/** Removes from the cache what any of these names stands for; gives the versions that are gone. With a name the cache does not have, nothing is removed. */
export async function removeKernels(cache: Cache, names: readonly string[] | 'all'): Promise<KernelAbout[]> {
  const remembered = await rememberedNames(cache)
  const all = await entries(cache)
  const keys = names === 'all' ? all : await Promise.all(names.map(name => keyOf(cache, name, remembered, all)))
  const removed: KernelAbout[] = []
  for (const key of new Set(keys)) {
    removed.push(await readAbout(join(cache.dir, 'kernels', key)))
    await cache.exclusive(`kernels.${key}`, () => remove(cache, key))
    for (const [name, what] of remembered) if (what.key === key) await forget(cache, name)
  }
  return removed
}

async function keyOf(
  cache: Cache,
  name: string,
  remembered: ReadonlyMap<string, Remembered>,
  all: readonly string[],
): Promise<string> {
  const named = remembered.get(name)?.key
  if (named !== undefined && all.includes(named)) return named
  for (const key of all) {
    const { release, version } = await readAbout(join(cache.dir, 'kernels', key))
    if (release === name || version === name) return key
  }
  throw unusable(
    `There is no kernel ${JSON.stringify(name)} in the cache ${cache.dir}; idmaplab kernels lists what is.`,
  )
}

/** At once for every reader, however long the deletion takes. */
async function remove(cache: Cache, key: string): Promise<void> {
  await using gone = await cache.temporary()
  await rename(join(cache.dir, 'kernels', key), join(gone.path, 'kernel'))
}

/** The keys of the entries that this version of idmaplab can read. */
async function entries(cache: Cache): Promise<string[]> {
  const keys = (await readdir(join(cache.dir, 'kernels')).catch(() => [])).sort()
  const readable = await Promise.all(
    keys.map(key =>
      readAbout(join(cache.dir, 'kernels', key)).then(
        about => Array.isArray(about.packages),
        () => false,
      ),
    ),
  )
  return keys.filter((_, i) => readable[i])
}

async function sizeOf(dir: string): Promise<number> {
  const names = await readdir(dir, { recursive: true })
  const sizes = await Promise.all(names.map(async name => (await stat(join(dir, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint } from '../cache/fingerprint.ts'
import { withRoom } from '../cache/space.ts'
import { type Apt, openApt } from '../debian/apt.ts'
import type { Candidate } from '../debian/candidate.ts'
import { isGone } from '../debian/fetch-failure.ts'
import { HarnessError } from '../harness-error.ts'
import type { Progress } from '../progress.ts'
import { runTool } from '../tool.ts'
import { bzImageVersion } from './bzimage.ts'
import { findSeries, type Series } from './series.ts'
import type { Kernel } from './source.ts'

export type KernelContext = { readonly cache: Cache; readonly progress: Progress }

/** Debian's newest kernel of a series that can be had; once in the cache it is used from there, without the network. */
export async function debianKernel(name: string, { cache, progress }: KernelContext): Promise<Kernel> {
  const series = findSeries(name)
  if (series === undefined)
    throw new HarnessError('KERNEL_UNKNOWN', `Debian's kernel ${name} is not known here.`, { blame: 'user' })
  return (
    (await cachedKernel(cache, series, line => progress.note(line))) ??
    (await withRoom(cache.dir, `the kernel ${name}`, FETCH_BYTES, () => fetchKernel(series, cache, progress)))
  )
}

/** The kernel of a series that earlier runs left in the cache. */
export async function cachedKernel(
  cache: Cache,
  series: Series,
  note: (line: string) => void = () => {},
): Promise<Kernel | undefined> {
  const key = await readFile(remembered(cache, series), 'utf8').catch(() => undefined)
  const entry = key === undefined ? undefined : await cache.find('kernels', key.trim(), { check: [IMAGE], note })
  return entry === undefined ? undefined : readKernel(series, entry)
}

/** Raise when the layout of an entry changes. */
const RECIPE = '2'
const IMAGE = 'vmlinuz'
/** A .deb, what is in it, and the same again while it is moved. */
const KERNEL_BYTES = 200e6
/** The same and the suite's index, with what apt makes of it. */
const FETCH_BYTES = KERNEL_BYTES + 100e6

async function fetchKernel(series: Series, cache: Cache, progress: Progress): Promise<Kernel> {
  const apt = await openApt(cache, series.suite, progress)
  const source = { apt, series, cache, progress }
  try {
    await apt.update()
    return await newestOf((await apt.candidates(series.packages)).slice(0, 1), source)
  } catch (error) {
    if (!isGone(error)) throw error
  }
  // The index may be older than the archive; if it is not, the archive lost files that its index still names (bullseye).
  await apt.update('now')
  return newestOf(await apt.candidates(series.packages), source)
}

type Source = { readonly apt: Apt; readonly series: Series; readonly cache: Cache; readonly progress: Progress }

async function newestOf(offered: readonly Candidate[], source: Source): Promise<Kernel> {
  const { apt, series, progress } = source
  const gone: string[] = []
  for (const candidate of offered) {
    try {
      const kernel = await kernelFrom(candidate, source)
      if (gone.length > 0)
        progress.note(
          `Debian's archive no longer has ${gone.join(', ')}: the kernel ${series.name} is ${kernel.version} here.`,
        )
      return kernel
    } catch (error) {
      if (candidate === offered.at(-1) || !isGone(error)) throw error
      gone.push(candidate.version)
    }
  }
  throw new HarnessError(
    'PACKAGE_FETCH',
    `Debian ${apt.suite} offers no package for the kernel ${series.name} (looked for ${series.packages}).`,
  )
}

async function kernelFrom(candidate: Candidate, { apt, series, cache, progress }: Source): Promise<Kernel> {
  const release = candidate.name.replace('linux-image-', '')
  const key = `${release}-${fingerprint(RECIPE, candidate.name, candidate.version, candidate.sha256)}`
  const entry = await progress.step(`Debian's kernel ${release}`, say =>
    cache.entry('kernels', key, dir => makeKernel(candidate, apt, dir, say), {
      what: `the kernel ${release}`,
      bytes: KERNEL_BYTES,
      say,
      check: [IMAGE],
      note: line => progress.note(line),
    }),
  )
  await remember(cache, series, key)
  return readKernel(series, entry)
}

/** Leaves `vmlinuz`, `lib/modules/VERSION` with its `modules.dep`, and `kernel.json` in `dir`. */
async function makeKernel(candidate: Candidate, apt: Apt, dir: string, say: (detail: string) => void): Promise<void> {
  const image = `${candidate.name}=${candidate.version}`
  const run = { what: `unpacking ${image}`, code: 'PACKAGE_FETCH' } as const
  const unpacked = join(dir, 'unpacked')
  const deb = await apt.download(image, dir, say)
  say('unpacking')
  await runTool(['dpkg-deb', '-x', deb, unpacked], run)
  const modules = await modulesDirectory(unpacked)
  await rename(await imageFile(unpacked), join(dir, IMAGE))
  const version = await bzImageVersion(join(dir, IMAGE))
  await mkdir(join(dir, 'lib/modules'), { recursive: true })
  await rename(join(modules, version), join(dir, 'lib/modules', version))
  await runTool(['depmod', '-b', dir, version], { ...run, what: `finding out what the modules of ${version} need` })
  await rm(unpacked, { recursive: true })
  await rm(deb)
  const about: KernelAbout = {
    version,
    package: `${candidate.name} ${candidate.version}`,
    id: fingerprint(RECIPE, candidate.sha256),
  }
  await writeFile(join(dir, 'kernel.json'), `${JSON.stringify(about, undefined, 2)}\n`)
}

/** Debian 13 ships `usr/lib/modules`, older ones `lib/modules`. */
async function modulesDirectory(unpacked: string): Promise<string> {
  for (const place of ['usr/lib/modules', 'lib/modules']) {
    const found = await readdir(join(unpacked, place)).catch(() => [])
    if (found.length > 0) return join(unpacked, place)
  }
  throw new HarnessError('PACKAGE_FETCH', 'The kernel package has no lib/modules in it.')
}

async function imageFile(unpacked: string): Promise<string> {
  const found = (await readdir(join(unpacked, 'boot'))).find(name => name.startsWith('vmlinuz-'))
  if (found === undefined) throw new HarnessError('PACKAGE_FETCH', 'The kernel package has no boot/vmlinuz in it.')
  return join(unpacked, 'boot', found)
}

type KernelAbout = { readonly version: string; readonly package: string; readonly id: string }

async function readKernel(series: Series, entry: string): Promise<Kernel> {
  const about = JSON.parse(await readFile(join(entry, 'kernel.json'), 'utf8')) as KernelAbout
  return {
    name: series.name,
    version: about.version,
    image: join(entry, IMAGE),
    modules: join(entry, 'lib/modules', about.version),
    package: about.package,
    id: about.id,
  }
}

/** A file with the key of the entry that a series stands for; replaced whole, so a reader sees the old one or the new one. */
function remembered(cache: Cache, series: Series): string {
  return join(cache.dir, 'series', `${series.name}-${RECIPE}`)
}

async function remember(cache: Cache, series: Series, key: string): Promise<void> {
  const file = remembered(cache, series)
  await using scratch = await cache.temporary()
  await mkdir(join(cache.dir, 'series'), { recursive: true })
  await writeFile(join(scratch.path, 'key'), `${key}\n`)
  await rename(join(scratch.path, 'key'), file)
}

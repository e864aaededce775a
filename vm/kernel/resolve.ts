import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { HarnessError } from '../harness-error.ts'
import type { Progress } from '../progress.ts'
import { unusable } from './bzimage.ts'
import { cachedKernel, debianKernel } from './debian.ts'
import { localKernel } from './local.ts'
import { findSeries, nearestSeries, SERIES } from './series.ts'
import type { Kernel } from './source.ts'

export type ResolveOptions = {
  /** The modules of a kernel given as a file: `lib/modules/VERSION`, or a directory above it. */
  readonly modules?: string
  readonly cache: Cache
  readonly progress: Progress
}

/** The kernel that a user asks for: a series of Debian's (`6.12`), or the path of a bzImage. */
export async function resolveKernel(spec: string, { modules, cache, progress }: ResolveOptions): Promise<Kernel> {
  if (findSeries(spec) !== undefined) {
    if (modules !== undefined)
      throw unusable(
        `--modules ${modules} goes with a kernel image of your own; Debian's kernel ${spec} brings its modules.`,
      )
    return debianKernel(spec, { cache, progress })
  }
  if (spec.includes('/') || existsSync(spec)) return localKernel(spec, modules, cache)
  throw new HarnessError(
    'KERNEL_UNKNOWN',
    `There is no kernel ${JSON.stringify(spec)} here: give one of ${nearestSeries(spec).join(', ')}, or the path of a bzImage.`,
    { blame: 'user' },
  )
}

/** A kernel that can be asked for by name, and what the cache has of it. */
export type KnownKernel = {
  readonly name: string
  /** The suite of Debian it comes from. */
  readonly suite: string
  readonly default: boolean
  readonly cached: boolean
  /** What `uname -r` says; known once it is in the cache, as are the following. */
  readonly version?: string
  readonly package?: string
  /** What it takes in the cache. */
  readonly bytes?: number
}

/** Every kernel that can be asked for by name, oldest first. */
export async function listKernels(cache: Cache): Promise<readonly KnownKernel[]> {
  return Promise.all(
    SERIES.map(async series => {
      const kernel = await cachedKernel(cache, series)
      const known = { name: series.name, suite: series.suite, default: series.default ?? false }
      if (kernel === undefined) return { ...known, cached: false }
      const { version, package: from = '', image } = kernel
      return { ...known, cached: true, version, package: from, bytes: await sizeOf(dirname(image)) }
    }),
  )
}

async function sizeOf(dir: string): Promise<number> {
  const names = await readdir(dir, { recursive: true })
  const sizes = await Promise.all(names.map(async name => (await stat(join(dir, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

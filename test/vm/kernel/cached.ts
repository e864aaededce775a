import type { Cache } from '../../../vm/cache/cache.ts'
import { fetchDebianKernel } from '../../../vm/kernel/debian.ts'
import { type DebianSpec, parseKernelSpec } from '../../../vm/kernel/spec.ts'
import { silent } from '../../../vm/progress.ts'
import { scratchCache, scratchDirectory } from '../cache/scratch.ts'
import { madeUpArchive, splitKernel, wholeKernel } from './made-up.ts'

/** A cache that earlier runs have left these made-up kernels in: of 6.12, of 6.1, and of 7.1, whose modules are lost. */
export async function cacheWith(...names: readonly string[]): Promise<Cache> {
  const cache = await scratchCache()
  const archive = madeUpArchive(await scratchDirectory(), {
    trixie: { there: wholeKernel('6.12.107-cloud-amd64', '6.12.107-1') },
    bookworm: { there: wholeKernel('6.1.0-50-cloud-amd64', '6.1.176-1') },
    'trixie-backports': { there: splitKernel('7.1.13-cloud-amd64', '7.1.13-1').slice(0, 1) },
  })
  for (const name of names)
    await fetchDebianKernel(parseKernelSpec(name) as DebianSpec, { cache, progress: silent }, archive)
  return cache
}

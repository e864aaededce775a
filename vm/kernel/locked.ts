import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openApt } from '../debian/apt.ts'
import { isGone } from '../debian/fetch-failure.ts'
import { downloadPast } from '../debian/snapshot-archive.ts'
import { unusable } from './bzimage.ts'
import { debianKernel } from './debian.ts'
import { type KernelLock, lockedPackages } from './lock.ts'
import { type Fetch, type KernelContext, type KernelPackages, makePackaged, readPackaged } from './packaged.ts'
import { cachedPackages } from './remembered.ts'
import type { Kernel } from './source.ts'
import type { KernelSpec } from './spec.ts'

/** The very kernel that the lock names: from the cache, from the archive, or, when that has lost it, from Debian's snapshot archive. */
export async function lockedKernel(spec: KernelSpec, lock: KernelLock, context: KernelContext): Promise<Kernel> {
  const wanted = lockedPackages(lock, spec.name)
  const entry = await makePackaged(wanted, fetchLocked(wanted.suite ?? '', context), context)
  return readPackaged(spec.name, entry)
}

/** What a lock says of these kernels: those the cache has, else the newest that can be had. */
export async function lockKernels(
  specs: readonly KernelSpec[],
  context: KernelContext,
): Promise<Map<string, KernelPackages>> {
  const locked = new Map<string, KernelPackages>()
  for (const spec of specs) {
    if (spec.kind !== 'debian')
      throw unusable(`${spec.name} is no kernel of Debian’s archive, and a lock holds only those.`)
    const { note } = await debianKernel(spec, context)
    if (note !== undefined) context.progress.note(note)
    const packages = await cachedPackages(context.cache, spec.name)
    if (packages !== undefined) locked.set(spec.name, packages)
  }
  return locked
}

function fetchLocked(suite: string, { cache, progress }: KernelContext): Fetch {
  return async (wanted, dir, say) => {
    const { name, version, sha256 } = wanted
    const apt = await openApt(cache, suite, progress)
    try {
      await apt.update()
      const offered = await apt.candidates(`^${name.replace(/[.+]/g, '\\$&')}$`)
      if (offered.some(offer => offer.version === version && offer.sha256 === sha256))
        return await apt.download(`${name}=${version}`, dir, say)
    } catch (error) {
      if (!isGone(error)) throw error
    }
    progress.note(`Debian ${suite} no longer has ${name} ${version}: it is looked for in the snapshot archive.`)
    const deb = join(dir, `${sha256}.deb`)
    await rm(deb, { force: true })
    await downloadPast(wanted, deb, apt, say)
    return deb
  }
}

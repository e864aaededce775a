import { join } from 'node:path'
import { type Apt, openApt } from '../debian/apt.ts'
import { isGone } from '../debian/fetch-failure.ts'
import { downloadPast } from '../debian/snapshot-archive.ts'
import { unusable } from './bzimage.ts'
import { debianKernel } from './debian.ts'
import { type KernelLock, lockedPackages } from './lock.ts'
import {
  type Fetch,
  type KernelContext,
  type KernelPackage,
  type KernelPackages,
  makePackaged,
  readPackaged,
} from './packaged.ts'
import { cachedPackages } from './remembered.ts'
import type { Kernel } from './source.ts'
import type { KernelSpec } from './spec.ts'

/** The very kernel that the lock names: from the cache, from the archive, or, when that has lost it, from Debian's snapshot archive. */
export async function lockedKernel(
  spec: KernelSpec,
  lock: KernelLock,
  context: KernelContext,
  archive = openApt,
): Promise<Kernel> {
  const wanted = lockedPackages(lock, spec.name)
  const fetch: Fetch = async (each, dir, say) =>
    fetchLocked(each, await archive(context.cache, wanted.suite ?? '', context.progress), { dir, say, context })
  const entry = await makePackaged(wanted, fetch, context)
  return readPackaged(spec.name, entry)
}

/** What a lock says of these kernels: those the cache has, else the newest that can be had. */
export async function lockKernels(
  specs: readonly KernelSpec[],
  context: KernelContext,
  archive = openApt,
): Promise<Map<string, KernelPackages>> {
  const locked = new Map<string, KernelPackages>()
  for (const spec of specs) {
    if (spec.kind !== 'debian')
      throw unusable(`${spec.name} is no kernel of Debian’s archive, and a lock holds only those.`)
    const { note } = await debianKernel(spec, context, archive)
    if (note !== undefined) context.progress.note(note)
    const packages = await cachedPackages(context.cache, spec.name)
    if (packages !== undefined) locked.set(spec.name, packages)
  }
  return locked
}

type Into = { readonly dir: string; readonly say: (detail: string) => void; readonly context: KernelContext }

async function fetchLocked(wanted: KernelPackage, apt: Apt, { dir, say, context }: Into): Promise<string> {
  const { name, version, sha256 } = wanted
  let lost = `no longer has ${name} ${version}`
  try {
    await apt.update()
    const offered = await apt.candidates(`^${name.replace(/[.+]/g, '\\$&')}$`)
    const same = offered.filter(offer => offer.version === version)
    if (same.some(offer => offer.sha256 === sha256)) return await apt.download(`${name}=${version}`, dir, say)
    if (same.length > 0) lost = `has ${name} ${version} with another SHA-256 than the lock`
  } catch (error) {
    if (!isGone(error)) throw error
  }
  context.progress.note(`Debian ${apt.suite} ${lost}: it is looked for in the snapshot archive.`)
  const deb = join(dir, `${sha256}.deb`)
  await downloadPast(wanted, deb, apt, say)
  return deb
}

import { unusable } from './bzimage.ts'
import { debianKernel, fetchDebianKernel, requireOffered } from './debian.ts'
import { hostKernel } from './host.ts'
import { localKernel } from './local.ts'
import { type KernelLock, lockedPackages } from './lock.ts'
import { lockedKernel } from './locked.ts'
import type { KernelContext } from './packaged.ts'
import type { HostKernel, Kernel } from './source.ts'
import { type KernelSpec, parseKernelSpec } from './spec.ts'

export type ResolveOptions = KernelContext & {
  /** The modules of a kernel given as a file: `lib/modules/VERSION`, a directory above it, or a .deb. */
  readonly modules?: string
  /** Holds Debian's kernels to exact packages; a kernel that is not in it is refused. */
  readonly lock?: KernelLock
  /** Looks in the archive for a newer one than the cache has. */
  readonly newest?: boolean
}

/** The kernel that a user asks for, to be booted in a guest; what must be said of it is noted as well as told in its `note`. */
export async function resolveKernel(text: string, options: ResolveOptions): Promise<Kernel> {
  const found = await resolveSpec(parseKernelSpec(text), options)
  if ('native' in found)
    throw unusable(`The kernel of this machine (${found.version}) runs natively; there is no guest that could boot it.`)
  return found
}

/** Any kernel that can be asked for; `host` is the machine's own, which no guest boots. */
export async function resolveSpec(spec: KernelSpec, options: ResolveOptions): Promise<Kernel | HostKernel> {
  const { modules } = options
  if (modules !== undefined && spec.kind !== 'file')
    throw unusable(
      `--modules ${modules} goes with a kernel image of your own; the kernel ${spec.name} brings its modules.`,
    )
  const kernel = await find(spec, options)
  if ('note' in kernel && kernel.note !== undefined) options.progress.note(kernel.note)
  return kernel
}

/**
 * Rejects with the user's own mistake where what they asked for cannot be: a path that leads to no kernel, a version nobody offers. No
 * kernel is fetched. Rejects otherwise where that could not be found out.
 */
export async function requirePossible(spec: KernelSpec, { modules, lock, ...context }: ResolveOptions): Promise<void> {
  if (lock !== undefined) lockedPackages(lock, spec.name)
  else if (spec.kind === 'file') await localKernel(spec.name, modules, context)
  else if (spec.kind === 'debian') await requireOffered(spec, context)
}

function find(spec: KernelSpec, { modules, lock, newest, ...context }: ResolveOptions): Promise<Kernel | HostKernel> {
  if (lock !== undefined) return lockedKernel(spec, lock, context)
  if (spec.kind === 'host') return hostKernel()
  if (spec.kind === 'file') return localKernel(spec.name, modules, context)
  return newest ? fetchDebianKernel(spec, context) : debianKernel(spec, context)
}

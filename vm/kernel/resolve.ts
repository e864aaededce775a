import { unusable } from './bzimage.ts'
import { debianKernel } from './debian.ts'
import { hostKernel } from './host.ts'
import { localKernel } from './local.ts'
import type { KernelContext } from './packaged.ts'
import type { HostKernel, Kernel } from './source.ts'
import { type KernelSpec, parseKernelSpec } from './spec.ts'

export type ResolveOptions = KernelContext & {
  /** The modules of a kernel given as a file: `lib/modules/VERSION`, a directory above it, or a .deb. */
  readonly modules?: string
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
  const { modules, progress, cache } = options
  if (modules !== undefined && spec.kind !== 'file')
    throw unusable(
      `--modules ${modules} goes with a kernel image of your own; the kernel ${spec.name} brings its modules.`,
    )
  if (spec.kind === 'host') return hostKernel()
  const kernel =
    spec.kind === 'file'
      ? await localKernel(spec.name, modules, { cache, progress })
      : await debianKernel(spec, { cache, progress })
  if (kernel.note !== undefined) progress.note(kernel.note)
  return kernel
}

import type { Cache } from '../cache/cache.ts'
import { type Initramfs, initramfs } from '../image/initramfs.ts'
import { type GuestRoot, guestRoot } from '../image/root.ts'
import { ROOT_SERIAL } from '../image/root-serial.ts'
import { diskBusOf } from '../kernel/drivers.ts'
import type { Kernel } from '../kernel/source.ts'
import type { Progress } from '../progress.ts'
import type { Accelerator } from '../qemu/accelerator.ts'
import type { DiskBus, GuestDisk, GuestMemory, Machine, QemuFeatures } from '../qemu/argv.ts'
import { qemuFeatures } from '../qemu/features.ts'
import { bundleAgent, bundleLoader, type LoaderDirectory } from './bundle.ts'

/** Everything a guest is made of but its case: all of it in the cache. */
export type Ingredients = {
  readonly kernel: Kernel
  readonly accelerator: Accelerator
  readonly root: GuestRoot
  readonly initramfs: Initramfs
  readonly diskBus: DiskBus
  readonly features: QemuFeatures
  /** The agent of this checkout. */
  readonly agent: string
}

export const MEMORY_MIB = 768

type Context = { readonly cache: Cache; readonly progress: Progress }

/** Finds or makes what a guest with this kernel is made of; the agent is that of the checkout when this process first asked. */
export async function gather(kernel: Kernel, accelerator: Accelerator, context: Context): Promise<Ingredients> {
  const { cache, progress } = context
  const root = await guestRoot(context)
  const [agent, loader] = await ofThisCheckout(cache)
  const [diskBus, features] = await Promise.all([diskBusOf(kernel), qemuFeatures(cache.dir)])
  return {
    ...{ kernel, accelerator, root, agent, diskBus, features },
    initramfs: await initramfs({ cache, progress, kernel, root, loader }),
  }
}

const bundled = new Map<string, Promise<readonly [agent: string, loader: LoaderDirectory]>>()

// A guest in a run needs what the guest before it needed; bundling again would cost each 0.05 s.
function ofThisCheckout(cache: Cache): Promise<readonly [agent: string, loader: LoaderDirectory]> {
  const known = bundled.get(cache.dir) ?? Promise.all([bundleAgent(), bundleLoader(cache)])
  bundled.set(cache.dir, known)
  known.catch(() => bundled.delete(cache.dir))
  return known
}

type Setup = {
  readonly start: 'boot' | 'incoming'
  readonly memory?: GuestMemory['file']
  /** The case's, behind the disk with the guest's root. */
  readonly disks: readonly (GuestDisk | 'empty')[]
}

/** The machine made of these. */
export function machineOf(
  { kernel, accelerator, root, initramfs, diskBus, features }: Ingredients,
  { start, memory, disks }: Setup,
): Machine {
  return {
    accelerator,
    memory: { mib: MEMORY_MIB, ...(memory === undefined ? {} : { file: memory }) },
    start: start === 'incoming' ? start : { kernel: kernel.image, initramfs: initramfs.path },
    disks: [{ serial: ROOT_SERIAL, image: root.image, readOnly: true }, ...disks],
    diskBus,
    features,
  }
}

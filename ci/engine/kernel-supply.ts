import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Case } from '../../scenarios/kit/case.ts'
import { makeDirectory } from '../../vm/cache/make-directory.ts'
import { makeSnapshot } from '../../vm/guest/open.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { requireGuestDrivers } from '../../vm/kernel/drivers.ts'
import type { KernelLock } from '../../vm/kernel/lock.ts'
import { resolveSpec } from '../../vm/kernel/resolve.ts'
import type { KernelSupply } from './kernel-of-run.ts'

type Order = Pick<Case, 'cache' | 'accelerator' | 'artifacts' | 'cold'> & {
  /** Of kernels of one's own. */
  readonly modules?: string
  readonly lock?: KernelLock
}

/** Kernels from the archive, the cache or a file, with a snapshot of a guest unless guests are booted. */
export function kernelSupply({ cache, accelerator, artifacts, cold = false, modules, lock }: Order): KernelSupply {
  return {
    async find(spec, progress) {
      const held = lock === undefined ? {} : { lock }
      const kernel = await resolveSpec(spec, {
        cache,
        progress,
        ...held,
        ...(modules === undefined || spec.kind !== 'file' ? {} : { modules }),
      })
      if ('native' in kernel)
        throw new HarnessError(
          'KERNEL_UNUSABLE',
          `The kernel of this machine (${kernel.version}) runs natively; there is no guest that could boot it.`,
          { blame: 'user' },
        )
      return kernel
    },
    async warm(kernel, progress) {
      await requireGuestDrivers(kernel)
      const directory = join(artifacts, `kernel-${kernel.version}`)
      await makeDirectory(directory)
      const logFile = join(directory, 'console.log')
      await makeSnapshot({ kernel, accelerator, cold, disks: [], logFile }, cache, progress)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

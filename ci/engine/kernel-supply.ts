import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Case } from '../../scenarios/kit/case.ts'
import { makeDirectory } from '../../vm/cache/make-directory.ts'
import { makeSnapshot } from '../../vm/guest/open.ts'
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
    find(spec, progress) {
      const held = lock === undefined ? {} : { lock }
      return resolveSpec(spec, {
        cache,
        progress,
        ...held,
        ...(modules === undefined || spec.kind !== 'file' ? {} : { modules }),
      })
    },
    async warm(kernel, progress) {
      if ('native' in kernel) return
      await requireGuestDrivers(kernel)
      const directory = join(artifacts, `kernel-${kernel.version}`)
      await makeDirectory(directory)
      const logFile = join(directory, 'console.log')
      await makeSnapshot({ kernel, accelerator, cold, disks: [], logFile }, cache, progress)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

import { openCache } from '../../vm/cache/cache.ts'
import { makeSnapshot } from '../../vm/guest/open.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import { silent } from '../../vm/progress.ts'

/**
 * To be awaited by a file of tests, before they begin: with empty caches the kernel's download, the guest's root and the first boot
 * take longer than a test may.
 */
export async function madeReady(...names: readonly string[]): Promise<void> {
  const cache = await openCache()
  for (const name of names) {
    const kernel = await resolveKernel(name, { cache, progress: silent })
    const logFile = `${await cache.logs()}/console.log`
    await makeSnapshot({ kernel, accelerator: 'auto', disks: [], logFile }, cache, silent)
  }
}

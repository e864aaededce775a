import type { Cache } from '../../vm/cache/cache.ts'
import { fingerprint } from '../../vm/cache/fingerprint.ts'
import { cachedRootId } from '../../vm/image/root.ts'
import { qemuBuild } from '../../vm/qemu/process.ts'

/**
 * A hash of what this machine tells cases with: the build of its QEMU, where it has one, and the guest's root image. `undefined` while
 * there is no such image, and so no case that was told with it.
 */
export async function machineOf(cache: Cache, build: () => Promise<string> = qemuBuild): Promise<string | undefined> {
  const root = await cachedRootId(cache)
  // Natively there is no need of one.
  return root === undefined ? undefined : fingerprint(root, await build().catch(() => 'no QEMU'))
}

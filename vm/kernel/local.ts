import { resolve } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint, fingerprintFile } from '../cache/fingerprint.ts'
import { bzImageVersion } from './bzimage.ts'
import { localModules } from './local-modules.ts'
import type { Kernel } from './source.ts'

/** The user's own kernel: a bzImage, used where it lies, and the `lib/modules/VERSION` that belongs to it, if it needs modules. */
export async function localKernel(path: string, modules: string | undefined, cache: Cache): Promise<Kernel> {
  const image = resolve(path)
  const version = await bzImageVersion(image)
  const content = await fingerprintFile(image)
  const found = modules === undefined ? undefined : await localModules(resolve(modules), version, cache)
  return {
    name: path,
    version,
    image,
    ...(found === undefined ? {} : { modules: found.dir }),
    id: fingerprint(version, content, found?.id ?? 'no modules'),
  }
}

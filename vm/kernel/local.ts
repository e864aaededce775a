import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint, fingerprintFile } from '../cache/fingerprint.ts'
import { treeImage, treeModules } from './build-tree.ts'
import { bzImageVersion } from './bzimage.ts'
import { debKernel } from './deb.ts'
import { localModules, type ModulesDirectory } from './local-modules.ts'
import type { KernelContext } from './packaged.ts'
import type { Kernel } from './source.ts'

/** The user's own kernel: a .deb, a build tree, or a bzImage with the `lib/modules/VERSION` that belongs to it, if it needs modules. The last two are used where they lie. */
export async function localKernel(path: string, modules: string | undefined, context: KernelContext): Promise<Kernel> {
  const { cache } = context
  const given = resolve(path)
  const tree = (await stat(given).catch(() => undefined))?.isDirectory() ? given : undefined
  if (tree === undefined && given.endsWith('.deb')) return debKernel(path, modules, context)
  const image = tree === undefined ? given : await treeImage(tree)
  const version = await bzImageVersion(image)
  const content = await fingerprintFile(image)
  const found = await modulesOf(tree, modules, version, cache)
  const config = await configOf(tree, image, version, found)
  return {
    name: path,
    version,
    image,
    ...(found === undefined ? {} : { modules: found.dir }),
    ...(modules === undefined ? {} : { givenModules: modules }),
    ...(config === undefined ? {} : { config }),
    id: fingerprint(version, content, found?.id ?? 'no modules'),
  }
}

async function modulesOf(
  tree: string | undefined,
  given: string | undefined,
  version: string,
  cache: Cache,
): Promise<ModulesDirectory | undefined> {
  if (given !== undefined) return localModules(resolve(given), version, cache)
  return tree === undefined ? undefined : treeModules(tree, version, cache)
}

/** A build tree has `.config`; distributions put `config-VERSION` beside the image in /boot, or `config` beside it or among the modules. */
async function configOf(
  tree: string | undefined,
  image: string,
  version: string,
  modules: ModulesDirectory | undefined,
): Promise<string | undefined> {
  const beside = dirname(image)
  const places = [
    ...(tree === undefined ? [] : [join(tree, '.config')]),
    join(beside, `config-${version}`),
    ...(basename(beside) === version ? [join(beside, 'config')] : []),
    ...(modules === undefined ? [] : [join(modules.dir, 'config')]),
  ]
  for (const place of places) if ((await stat(place).catch(() => undefined))?.isFile()) return place
  return undefined
}

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { unusable } from './bzimage.ts'
import { localModules, type ModulesDirectory } from './local-modules.ts'

/** Where `make` leaves the image; `arch/x86_64/boot` holds a link to it. */
const IMAGES = ['arch/x86/boot/bzImage', 'arch/x86_64/boot/bzImage'] as const

/** The bzImage of a directory that a kernel was built in. */
export async function treeImage(tree: string): Promise<string> {
  for (const image of IMAGES.map(path => join(tree, path))) if (await exists(image)) return image
  throw unusable(
    `${tree} is a directory without an ${IMAGES[0]}: give a tree in which make bzImage has run, or the bzImage itself and its modules with --modules.`,
  )
}

/**
 * The modules of the tree's kernel: what `make modules_install INSTALL_MOD_PATH=x` installed in it or in a directory of it, else
 * the `.ko` files that `make modules` left beside their sources, with the tree's own `modules.builtin`.
 */
export async function treeModules(tree: string, version: string, cache: Cache): Promise<ModulesDirectory | undefined> {
  const below = (await readdir(tree, { withFileTypes: true })).filter(entry => entry.isDirectory())
  const tops = [tree, ...below.map(entry => join(tree, entry.name)).sort()]
  for (const installed of tops.flatMap(top => [
    join(top, 'lib/modules', version),
    join(top, 'usr/lib/modules', version),
  ]))
    if (await exists(installed)) return localModules(installed, version, cache)
  const built = ['modules.builtin', 'modules.order'].map(name => exists(join(tree, name)))
  return (await Promise.all(built)).includes(true) ? localModules(tree, version, cache) : undefined
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

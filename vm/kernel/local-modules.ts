import { copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint } from '../cache/fingerprint.ts'
import { runTool } from '../tool.ts'
import { unusable } from './bzimage.ts'

/** A directory with a `modules.dep` in it; `id` changes with any module. */
export type ModulesDirectory = { readonly dir: string; readonly id: string }

/**
 * Finds the modules of the kernel `version` in what a user gave: `lib/modules/VERSION` itself or a directory above it.
 * Nothing is written there: without a `modules.dep` the modules are copied into the cache and depmod runs on the copy.
 */
export async function localModules(given: string, version: string, cache: Cache): Promise<ModulesDirectory> {
  const { dir, files } = await findModules(given, version)
  await checkVersion(dir, files, version)
  const id = await stateOf(dir, files)
  return { dir: files.includes('modules.dep') ? dir : await withModulesDep(dir, files, version, id, cache), id }
}

/** `make modules_install INSTALL_MOD_PATH=x` makes `x/lib/modules/VERSION`; people give any of these. */
function placesIn(given: string, version: string): string[] {
  return [given, join(given, version), join(given, 'lib/modules', version), join(given, 'usr/lib/modules', version)]
}

type Found = { readonly dir: string; readonly files: readonly string[] }

async function findModules(given: string, version: string): Promise<Found> {
  const about = await stat(given).catch(() => undefined)
  if (about === undefined) throw unusable(`The modules directory ${given} does not exist.`)
  if (!about.isDirectory()) throw unusable(`${given} is not a directory; --modules takes a lib/modules/${version}.`)
  const holds = ['modules.dep', 'modules.order', 'modules.builtin']
  for (const dir of placesIn(given, version)) {
    const names: string[] = await readdir(dir).catch(() => [])
    if (holds.some(name => names.includes(name))) return { dir, files: await moduleFiles(dir) }
  }
  const files = await moduleFiles(given)
  if (files.some(isModule)) return { dir: given, files }
  throw unusable(
    `${given} holds no kernel modules (neither modules.dep nor any .ko file); --modules takes a lib/modules/${version}.`,
  )
}

/** Everything depmod and the initramfs read; `build` and `source` link to whole kernel trees and are not entered. */
async function moduleFiles(dir: string): Promise<string[]> {
  const files = await readdir(dir, { recursive: true, withFileTypes: true })
  return files
    .filter(file => !file.isDirectory())
    .map(file => join(file.parentPath, file.name).slice(dir.length + 1))
    .filter(path => isModule(path) || /^modules\.(dep|order|builtin|builtin\.modinfo)$/.test(path))
    .sort()
}

function isModule(path: string): boolean {
  return /\.ko(\.\w+)?$/.test(path)
}

/** The kernel refuses modules of any other version; what counts is the first word of their vermagic. */
async function checkVersion(dir: string, files: readonly string[], version: string): Promise<void> {
  const sample = files.find(isModule)
  const named = basename(dirname(dir)) === 'modules' ? basename(dir) : version
  const found = sample === undefined ? named : await moduleVersion(join(dir, sample))
  if (found !== version)
    throw unusable(
      `The modules in ${dir} are for the kernel ${found}, but the image is ${version}: give the lib/modules/${version} that was built with it.`,
    )
}

async function moduleVersion(path: string): Promise<string> {
  const run = { what: `reading the kernel module ${path}`, code: 'KERNEL_UNUSABLE' } as const
  const vermagic = await runTool(['modinfo', '-F', 'vermagic', path], run)
  return vermagic.trim().split(' ', 1)[0] ?? ''
}

/** Names, sizes and times: a rebuilt module is a new one, and hundreds of megabytes need not be read to see it. */
async function stateOf(dir: string, files: readonly string[]): Promise<string> {
  const states = await Promise.all(
    files.map(async path => {
      const { size, mtimeMs } = await stat(join(dir, path))
      return `${path} ${size} ${mtimeMs}`
    }),
  )
  return fingerprint(dir, ...states)
}

async function withModulesDep(
  dir: string,
  files: readonly string[],
  version: string,
  id: string,
  cache: Cache,
): Promise<string> {
  const sizes = await Promise.all(files.map(async path => (await stat(join(dir, path))).size))
  const options = { what: `the modules of ${version}`, bytes: sizes.reduce((sum, size) => sum + size, 0) }
  const make = async (made: string): Promise<void> => {
    for (const path of files) {
      const to = join(made, 'lib/modules', version, path)
      await mkdir(dirname(to), { recursive: true })
      await copyFile(join(dir, path), to)
    }
    await runTool(['depmod', '-b', made, version], {
      what: `finding out what the modules in ${dir} need`,
      code: 'KERNEL_UNUSABLE',
    })
  }
  return join(await cache.entry('modules', `${version}-${id}`, make, options), 'lib/modules', version)
}

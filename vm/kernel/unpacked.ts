import { lstat, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { HarnessError } from '../harness-error.ts'
import { runTool } from '../tool.ts'
import { bzImageVersion } from './bzimage.ts'

/** What a kernel's unpacked packages held. */
export type LaidOut = { readonly version: string; readonly modules: boolean; readonly config: boolean }

/**
 * Moves a kernel out of its unpacked packages into `dir`: `vmlinuz`, `config` if there is one, and `lib/modules/VERSION` with a
 * `modules.dep`, if there are modules or at least a list of what is built in. Every layout that Debian or `make bindeb-pkg` has made is understood.
 */
export async function layOutKernel(unpacked: string, what: string, dir: string): Promise<LaidOut> {
  await rename(await imageFile(unpacked, what), join(dir, 'vmlinuz'))
  const version = await bzImageVersion(join(dir, 'vmlinuz'))
  const config = await moveFirst(
    ['usr/lib/modules', 'lib/modules'].map(place => `${place}/${version}/config`).concat(`boot/config-${version}`),
    unpacked,
    join(dir, 'config'),
  )
  const modules = await modulesDirectory(unpacked, version)
  if (modules === undefined) return { version, modules: false, config }
  await mkdir(join(dir, 'lib/modules'), { recursive: true })
  await rename(modules, join(dir, 'lib/modules', version))
  await runTool(['depmod', '-b', dir, version], {
    what: `finding out what the modules of ${version} need`,
    code: 'PACKAGE_FETCH',
  })
  return { version, modules: true, config }
}

/** `boot/vmlinuz-VERSION` up to 7.1, `usr/lib/modules/VERSION/vmlinuz` from 7.2. */
async function imageFile(unpacked: string, what: string): Promise<string> {
  const boot = (await names(join(unpacked, 'boot'))).filter(name => name.startsWith('vmlinuz-'))
  const places = boot.map(name => join(unpacked, 'boot', name))
  for (const modules of ['usr/lib/modules', 'lib/modules'])
    for (const version of await names(join(unpacked, modules))) places.push(join(unpacked, modules, version, 'vmlinuz'))
  for (const place of places) if (await isFile(place)) return place
  throw new HarnessError(
    'PACKAGE_FETCH',
    `There is no kernel image in ${what} (neither boot/vmlinuz-* nor vmlinuz beside the modules).`,
  )
}

/** Debian 13 ships `usr/lib/modules`, older ones `lib/modules`. */
async function modulesDirectory(unpacked: string, version: string): Promise<string | undefined> {
  for (const place of ['usr/lib/modules', 'lib/modules']) {
    const dir = join(unpacked, place, version)
    const found = await names(dir)
    if (found.includes('modules.builtin') || found.includes('kernel')) return dir
  }
  return undefined
}

async function moveFirst(candidates: readonly string[], unpacked: string, to: string): Promise<boolean> {
  for (const path of candidates.map(candidate => join(unpacked, candidate)))
    if (await isFile(path)) {
      await rename(path, to)
      return true
    }
  return false
}

async function names(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => [])
}

/** A package could hold a link that leads out of it. */
async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    found => found.isFile(),
    () => false,
  )
}

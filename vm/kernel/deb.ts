import { copyFile, open, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { sha256OfFile } from '../cache/fingerprint.ts'
import { HarnessError } from '../harness-error.ts'
import { runTool } from '../tool.ts'
import { unusable } from './bzimage.ts'
import { localModules } from './local-modules.ts'
import { type KernelContext, type KernelPackage, makePackaged, readPackaged } from './packaged.ts'
import type { Kernel } from './source.ts'

/**
 * The kernel in a .deb of the user's, unpacked in the cache: Debian's `linux-image-*` up to 6.18, `linux-binary-*` from 6.19, or
 * what `make bindeb-pkg` made. Its modules may be in the same package, in another .deb or in a directory.
 */
export async function debKernel(path: string, modules: string | undefined, context: KernelContext): Promise<Kernel> {
  const files = [path, ...(modules?.endsWith('.deb') ? [modules] : [])].map(file => resolve(file))
  const debs = new Map<string, string>()
  const packages: KernelPackage[] = []
  for (const file of files) {
    const about = await aboutDeb(file)
    debs.set(about.sha256, file)
    packages.push(about)
  }
  const entry = await makePackaged(
    { release: packages[0]?.name ?? '', packages, lost: [] },
    async ({ sha256 }, dir) => {
      const copy = join(dir, `${sha256}.deb`)
      await copyFile(debs.get(sha256) ?? '', copy)
      return copy
    },
    context,
  ).catch(error => {
    throw error instanceof HarnessError && error.code === 'PACKAGE_FETCH'
      ? unusable(`${path} gives no kernel: ${error.message}`, error)
      : error
  })
  const kernel = await readPackaged(path, entry)
  if (modules === undefined) return kernel
  if (files.length > 1) return { ...kernel, givenModules: modules }
  const found = await localModules(resolve(modules), kernel.version, context.cache)
  return { ...kernel, modules: found.dir, givenModules: modules, id: `${kernel.id}-${found.id}` }
}

/** An ar archive, as deb(5) has it, begins so. */
const MAGIC = '!<arch>\n'
/** Debian's largest kernel package, with debugging symbols, has 1 GB. */
const MOST_BYTES = 2e9
/** Uncompressed modules unpack to about five times a package's size. */
const MOST_UNPACKED = { ofFile: 50, atLeast: 1e8 } as const

async function aboutDeb(file: string): Promise<KernelPackage> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw unusable(`The package ${file} does not exist.`)
  if (!found.isFile()) throw unusable(`${file} is no package: it is not a regular file.`)
  if (found.size > MOST_BYTES) throw unusable(`${file} is no kernel package: it has ${found.size} bytes.`)
  if ((await firstBytes(file, MAGIC.length)) !== MAGIC)
    throw unusable(`${file} is no Debian package, whatever its name says.`)
  const [name = '', version = ''] = (await ask(file, ['-f', file, 'Package', 'Version'])).split('\n').map(fieldOf)
  if (!/^[a-z0-9][a-z0-9.+-]+$/.test(name) || !/^\d[\w.+~:-]*$/.test(version))
    throw unusable(`${file} is no package of Debian’s: its control file has no name and version.`)
  await checkUnpacked(file, found.size)
  return { name, version, sha256: await sha256OfFile(file), bytes: found.size }
}

function fieldOf(line: string): string {
  return line.replace(/^\w+: */, '')
}

/** A small file can unpack to one that fills a disk; its table of contents is read to the end, so a truncated one is noticed here. */
async function checkUnpacked(file: string, size: number): Promise<void> {
  const lines = (await ask(file, ['-c', file])).split('\n')
  const bytes = lines
    .map(line => Number(/^-\S+ +\S+ +(\d+) /.exec(line)?.[1] ?? 0))
    .reduce((sum, size) => sum + size, 0)
  if (bytes > MOST_UNPACKED.atLeast + size * MOST_UNPACKED.ofFile)
    throw unusable(`${file} is no kernel package: it would take ${bytes} bytes.`)
}

async function ask(file: string, argv: readonly string[]): Promise<string> {
  try {
    return await runTool(['dpkg-deb', ...argv], { what: `reading the package ${file}`, code: 'KERNEL_UNUSABLE' })
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code !== 'KERNEL_UNUSABLE') throw error
    throw unusable(`The package ${file} cannot be read: it is damaged or cut short.`, error)
  }
}

async function firstBytes(path: string, count: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

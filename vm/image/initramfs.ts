import { appendFile, constants, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint, fingerprintFile } from '../cache/fingerprint.ts'
import { HarnessError } from '../harness-error.ts'
import { moduleClosure } from '../kernel/modules.ts'
import type { Kernel } from '../kernel/source.ts'
import type { Progress } from '../progress.ts'
import { runTool } from '../tool.ts'
import { INIT, START } from './init-script.ts'
import type { GuestRoot } from './root.ts'

/** The agent's loader as one directory, with `loader.mjs` in it; `id` is a hash of its content. */
type LoaderDirectory = { readonly dir: string; readonly id: string }

export type Initramfs = {
  /** Absolute path of an uncompressed newc cpio. */
  readonly path: string
  readonly id: string
}

/** What the guest may need and nobody could load later: there is no modprobe in it. */
const GUEST_MODULES: readonly string[] = [
  'virtio_pci',
  'virtio_blk',
  'nvme',
  'virtio_console',
  'ext4',
  'vfat',
  'nls_cp437',
  'nls_ascii',
  'nls_iso8859-1',
  'nls_utf8',
  'overlay',
  'virtio_rng',
  // Before 5.13 one module; since then the part for the ISA bus is one of its own.
  'pvpanic',
  'pvpanic-mmio',
]

export type InitramfsParts = {
  readonly cache: Cache
  readonly progress: Pick<Progress, 'note'>
  readonly kernel: Kernel
  readonly root: Pick<GuestRoot, 'busybox'>
  readonly loader: LoaderDirectory
}

/** The initramfs for a kernel: init, busybox and modules, made once per kernel, and behind them the loader's directory as `/idmaplab`. */
export async function initramfs({ cache, progress, kernel, root, loader }: InitramfsParts): Promise<Initramfs> {
  const options = { what: 'the initramfs', check: [ARCHIVE], note: (line: string) => progress.note(line) }
  const load = await guestModules(kernel)
  const base = await baseArchive(cache, root.busybox, load, options)
  const id = fingerprint(RECIPE, base.id, loader.id)
  const entry = await cache.entry('initramfs', id, dir => appendLoader(base.path, loader, dir), options)
  return { path: join(entry, ARCHIVE), id }
}

/** Raise when the layout of the archive changes. */
const RECIPE = '2'
const ARCHIVE = 'initramfs.cpio'

async function guestModules({ modules }: Kernel): Promise<string[]> {
  if (modules === undefined) return []
  const builtIn = await readFile(join(modules, 'modules.builtin'), 'utf8').catch(() => '')
  const { load } = moduleClosure(await readFile(join(modules, 'modules.dep'), 'utf8'), builtIn, GUEST_MODULES)
  return load.map(path => join(modules, path))
}

type Archive = { readonly path: string; readonly id: string }

async function baseArchive(
  cache: Cache,
  busybox: string,
  modules: readonly string[],
  options: Parameters<Cache['entry']>[3],
): Promise<Archive> {
  const hashes = await Promise.all([busybox, ...modules].map(fingerprintFile)).catch(cause => {
    throw new HarnessError(
      'KERNEL_UNUSABLE',
      `A kernel module that modules.dep names cannot be read (${String(cause)}): run depmod.`,
      { blame: 'user', cause },
    )
  })
  const id = fingerprint(RECIPE, INIT, START, ...modules.map(path => basename(path)), ...hashes)
  const make = (dir: string): Promise<void> => makeBase(dir, busybox, modules)
  const entry = await cache.entry('initramfs-base', id, make, options)
  return { path: join(entry, ARCHIVE), id }
}

async function makeBase(dir: string, busybox: string, modules: readonly string[]): Promise<void> {
  const tree = join(dir, 'tree')
  await mkdir(join(tree, 'modules'), { recursive: true })
  await mkdir(join(tree, 'idmaplab'))
  await copyFile(busybox, join(tree, 'idmaplab/busybox'))
  await writeFile(join(tree, 'idmaplab/start'), START)
  await writeFile(join(tree, 'init'), INIT, { mode: 0o755 })
  for (const module of modules) await copyFile(module, join(tree, 'modules', basename(module)))
  await decompress(join(tree, 'modules'))
  const names = modules.map(path => basename(path).replace(/\.ko\.\w+$/, '.ko'))
  await writeFile(join(tree, 'modules.load'), names.map(name => `${name}\n`).join(''))
  await archive(tree, join(dir, ARCHIVE))
  await rm(tree, { recursive: true })
}

/** The kernel can decompress a module itself only if it was built to; what unpacks them on the host depends on who built the kernel. */
const DECOMPRESSORS: readonly (readonly [suffix: string, argv: readonly string[]])[] = [
  ['.xz', ['xz', '-d']],
  ['.zst', ['zstd', '-d', '-q', '--rm']],
  ['.gz', ['gzip', '-d']],
]

async function decompress(dir: string): Promise<void> {
  const files = await readdir(dir)
  for (const [suffix, argv] of DECOMPRESSORS) {
    const compressed = files.filter(file => file.endsWith(suffix))
    if (compressed.length > 0)
      await runTool([...argv, ...compressed], { what: 'decompressing kernel modules', code: 'IMAGE_BUILD', cwd: dir })
  }
}

async function appendLoader(base: string, loader: LoaderDirectory, dir: string): Promise<void> {
  const tree = join(dir, 'tree')
  await cp(loader.dir, join(tree, 'idmaplab'), { recursive: true, dereference: true })
  await archive(tree, join(dir, 'loader.cpio'))
  await copyFile(base, join(dir, ARCHIVE), constants.COPYFILE_FICLONE)
  await appendFile(join(dir, ARCHIVE), await readFile(join(dir, 'loader.cpio')))
  await rm(join(dir, 'loader.cpio'))
  await rm(tree, { recursive: true })
}

/** A newc archive of everything below `tree`, all of it root's. */
async function archive(tree: string, to: string): Promise<void> {
  const names = (await readdir(tree, { recursive: true })).sort()
  const argv = ['cpio', '-o', '--null', '-H', 'newc', '-R', '0:0', '--reproducible', '--quiet', '-F', to]
  const input = names.map(name => `${name}\0`).join('')
  await runTool(argv, { what: 'packing the initramfs', code: 'IMAGE_BUILD', cwd: tree, input })
}

import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint, sha256OfFile } from '../cache/fingerprint.ts'
import { HarnessError } from '../harness-error.ts'
import type { Progress } from '../progress.ts'
import { runTool } from '../tool.ts'
import type { Kernel } from './source.ts'
import { layOutKernel } from './unpacked.ts'

/** One .deb of Debian's, to the byte. */
export type KernelPackage = {
  readonly name: string
  readonly version: string
  /** Of the .deb, 64 hex digits. */
  readonly sha256: string
  /** Of the .deb. */
  readonly bytes: number
}

/** All that makes up one of Debian's kernels. */
export type KernelPackages = {
  /** What the packages' names have in common: `7.2.13+deb14-cloud-amd64`. */
  readonly release: string
  /** Where it was found; none for a .deb of the user's. */
  readonly suite?: string
  /** The one with vmlinuz in it first. */
  readonly packages: readonly KernelPackage[]
  /** Names of packages that belong to it and that the archive has lost. */
  readonly lost: readonly string[]
}

/** Fetches a package into `dir`, checked against its sha256, and gives the path of the .deb. */
export type Fetch = (wanted: KernelPackage, dir: string, say: (detail: string) => void) => Promise<string>

export type KernelContext = { readonly cache: Cache; readonly progress: Progress }

/** What `kernel.json` of an entry tells. */
export type KernelAbout = KernelPackages & {
  /** `uname -r`. */
  readonly version: string
  readonly modules: boolean
  readonly config: boolean
  readonly id: string
}

/** Raise when the layout of an entry changes. */
export const RECIPE = '3'

/** What of an entry is looked at before use: a damaged kernel would be blamed for what it does. */
export const IMAGE = 'vmlinuz'

/** The key of a kernel in the cache: it changes with any byte of any package. */
function packagesKey({ release, packages }: KernelPackages): string {
  return `${release}-${packagesId(packages)}`
}

function packagesId(packages: readonly KernelPackage[]): string {
  return fingerprint(RECIPE, ...packages.flatMap(({ name, version, sha256 }) => [name, version, sha256]))
}

/** Sees to it that the cache has the kernel; gives the directory of its entry. */
export async function makePackaged(
  wanted: KernelPackages,
  fetch: Fetch,
  { cache, progress }: KernelContext,
): Promise<string> {
  const key = packagesKey(wanted)
  const note = (line: string): void => progress.note(line)
  const there = await cache.find('kernels', key, { check: [IMAGE], note })
  if (there !== undefined) return there
  // The .debs, what is in them (the modules are compressed already), and the same again while it is moved.
  const bytes = wanted.packages.reduce((sum, { bytes }) => sum + bytes, 0) * 3 + 10e6
  return progress.step(`the kernel ${wanted.release}`, say =>
    cache.entry('kernels', key, dir => makeEntry(wanted, fetch, dir, say), {
      what: `the kernel ${wanted.release}`,
      bytes,
      say,
      check: [IMAGE],
      note,
    }),
  )
}

async function makeEntry(
  wanted: KernelPackages,
  fetch: Fetch,
  dir: string,
  say: (detail: string) => void,
): Promise<void> {
  const unpacked = join(dir, 'unpacked')
  for (const each of wanted.packages) {
    const deb = await fetch(each, dir, say)
    await checkHash(each, deb)
    say('unpacking')
    await runTool(['dpkg-deb', '-x', deb, unpacked], {
      what: `unpacking ${each.name} ${each.version}`,
      code: 'PACKAGE_FETCH',
    })
    await rm(deb)
  }
  const names = wanted.packages.map(({ name }) => name).join(', ')
  const laidOut = await layOutKernel(unpacked, names, dir)
  await rm(unpacked, { recursive: true })
  const about: KernelAbout = { ...wanted, ...laidOut, id: packagesId(wanted.packages) }
  await writeFile(join(dir, 'kernel.json'), `${JSON.stringify(about, undefined, 2)}\n`)
}

/** apt has checked it already against the archive's index; a lock's package may have come from elsewhere. */
async function checkHash({ name, version, sha256 }: KernelPackage, deb: string): Promise<void> {
  const found = await sha256OfFile(deb)
  if (found !== sha256)
    throw new HarnessError(
      'PACKAGE_FETCH',
      `The package ${name} ${version} that was fetched is not the one that is wanted: its sha256 is ${found} instead of ${sha256}.`,
    )
}

/** What an entry of the cache tells of itself. */
export async function readAbout(entry: string): Promise<KernelAbout> {
  return JSON.parse(await readFile(join(entry, 'kernel.json'), 'utf8')) as KernelAbout
}

/** The kernel of an entry under the name that a user gave it; `note` is about how it was chosen. */
export async function readPackaged(name: string, entry: string, note?: string): Promise<Kernel> {
  const about = await readAbout(entry)
  const [image] = about.packages
  const notes = [note, lossNote(about)].filter(each => each !== undefined)
  return {
    name,
    version: about.version,
    image: join(entry, IMAGE),
    ...(about.modules ? { modules: join(entry, 'lib/modules', about.version) } : {}),
    ...(about.config ? { config: join(entry, 'config') } : {}),
    package: `${image?.name} ${image?.version}`,
    ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
    id: about.id,
  }
}

function lossNote({ version, lost }: KernelAbout): string | undefined {
  return lost.length === 0
    ? undefined
    : `Debian's archive no longer has the rest of Linux ${version}: ${lost.join(', ')}.`
}

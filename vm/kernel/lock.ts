import { readFile, stat } from 'node:fs/promises'
import * as v from 'valibot'
import { byName } from '../document/by-name.ts'
import { readJsonDocument } from '../document/read-json.ts'
import { HarnessError } from '../harness-error.ts'
import type { KernelPackages } from './packaged.ts'

/** The kernels a run is held to: exact versions and sums, by the name they are asked for. */
export type KernelLock = {
  /** The file it was read from, as the user wrote it. */
  readonly file: string
  readonly kernels: Readonly<Record<string, KernelPackages>>
}

/** Raised when an older reader could misread it. */
const FORMAT = 1

/** Its names become file names, URIs and arguments of apt, so they are held to what Debian's policy allows. */
const PackageName = v.pipe(v.string(), v.regex(/^linux-[a-z0-9.+-]+$/, 'the name of a package such as linux-image-…'))

/** No package of a kernel is larger. */
const MOST_PACKAGE_BYTES = 2e9
const Package = v.strictObject({
  name: PackageName,
  version: v.pipe(v.string(), v.regex(/^\d[\w.+~:-]*$/, 'a version such as 6.12.107-1')),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 hex digits')),
  bytes: v.pipe(
    v.number(),
    v.check(bytes => Number.isInteger(bytes) && bytes >= 1 && bytes <= MOST_PACKAGE_BYTES, 'a size in bytes, to 2 GB'),
  ),
})

const Lock = v.strictObject({
  format: v.literal(FORMAT),
  kernels: byName(
    v.strictObject({
      release: v.pipe(v.string(), v.regex(/^\d[\w.+-]*$/, 'a release as uname -r says it')),
      suite: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'a suite such as trixie')),
      packages: v.pipe(v.array(Package), v.minLength(1, 'one package at least'), v.maxLength(8, 'at most 8 packages')),
      lost: v.array(PackageName),
    }),
  ),
})

/** What `kernels lock` writes: sorted and a line a value, so that a change can be read in a diff. */
export function renderLock(kernels: ReadonlyMap<string, KernelPackages>): string {
  const byName = [...kernels].map(([name, { release, suite, packages, lost }]) => [
    name,
    { release, suite, packages, lost },
  ])
  return `${JSON.stringify({ format: FORMAT, kernels: Object.fromEntries(byName) }, undefined, 2)}\n`
}

const MOST_BYTES = 1e6

/** Reads the file that `--kernels-lock` names; anything that is not a lock is the user's to mend. */
export async function readKernelLock(file: string): Promise<KernelLock> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw badLock(file, 'there is no such file')
  if (!found.isFile() || found.size > MOST_BYTES) throw badLock(file, 'it is no small regular file')
  const read = readJsonDocument(await readFile(file, 'utf8'), Lock)
  if ('wrong' in read) throw badLock(file, read.wrong)
  return { file, kernels: read.document.kernels }
}

/** What the lock says of a kernel; the user's mistake if it says nothing. */
export function lockedPackages(lock: KernelLock, name: string): KernelPackages {
  const found = Object.hasOwn(lock.kernels, name) ? lock.kernels[name] : undefined
  if (found !== undefined) return found
  throw badLock(
    lock.file,
    `it has no kernel ${JSON.stringify(name)}, only ${Object.keys(lock.kernels).join(', ') || 'none at all'}`,
  )
}

function badLock(file: string, why: string): HarnessError {
  return new HarnessError(
    'KERNEL_UNKNOWN',
    `The lock ${file} cannot be held to: ${why}; idmaplab kernels lock -o ${file} writes one.`,
    { blame: 'user' },
  )
}

import { readFile, stat } from 'node:fs/promises'
import * as v from 'valibot'
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
const Package = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^linux-[a-z0-9.+-]+$/)),
  version: v.pipe(v.string(), v.regex(/^\d[\w.+~:-]*$/)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2e9)),
})

const Lock = v.strictObject({
  format: v.literal(FORMAT),
  kernels: v.record(
    v.string(),
    v.strictObject({
      release: v.pipe(v.string(), v.regex(/^\d[\w.+-]*$/)),
      suite: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/)),
      packages: v.pipe(v.array(Package), v.minLength(1), v.maxLength(8)),
      lost: v.array(v.pipe(v.string(), v.regex(/^linux-[a-z0-9.+-]+$/))),
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
  const read = v.safeParse(Lock, parseJson(await readFile(file, 'utf8'), file))
  if (read.success) return { file, kernels: read.output.kernels }
  const [issue] = read.issues
  throw badLock(file, `at ${v.getDotPath(issue) ?? 'its top'}: ${issue.message.replace(/\.$/, '')}`)
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

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badLock(file, 'it is not JSON')
  }
}

function badLock(file: string, why: string): HarnessError {
  return new HarnessError(
    'KERNEL_UNKNOWN',
    `The lock ${file} cannot be held to: ${why}; idmaplab kernels lock -o ${file} writes one.`,
    { blame: 'user' },
  )
}

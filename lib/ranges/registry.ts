import fs from 'node:fs'
import path from 'node:path'
import { reasonOf } from '../file-trouble.ts'
import { SyscallError } from '../kernel/errno.ts'
import { withFileLock } from '../kernel/file-lock.ts'
import { RangesError } from './error.ts'
import { hostRanges, type Lease } from './lease.ts'
import { readText } from './read-text.ts'
import { formatRegistry, parseRegistry } from './registry-format.ts'
import { replaceFile, syncDirectory } from './replace-file.ts'
import type { UsedRange } from './used-range.ts'

/** Where leases are kept, and the host they are for. */
export interface RangesPlace {
  /** The file of the leases; `var/lib/idmaplab/ranges.json` below the root directory when left out. */
  readonly registry?: string
  /** The directory `/etc`, `/proc` and `/var` of the host are looked for in; `/` when left out. */
  readonly root?: string
}

/** The registry of a place. */
export function registryOf({ registry, root = '/' }: RangesPlace = {}): string {
  return registry ?? path.join(root, 'var/lib/idmaplab/ranges.json')
}

/** The leases of a registry, as they are at this moment; none when there is no file. Takes no lock: the file changes in one step. */
export function readLeases(place: RangesPlace = {}): readonly Lease[] {
  const file = registryOf(place)
  const text = readRegistry(file)
  return text === undefined ? [] : parseRegistry(text, file)
}

/** The lease of a name, or `undefined`. */
export function findLease(name: string, place: RangesPlace = {}): Lease | undefined {
  return readLeases(place).find(lease => lease.name === name)
}

/** What is leased, for `allocate` and `findCollisions`: in the place's registry and, where that is another, in the host's own. */
export function leasedRanges(place: RangesPlace = {}): readonly UsedRange[] {
  const own = registryOf(place)
  const host = registryOf({ root: place.root ?? '/' })
  return (isSameFile(own, host) ? [own] : [own, host]).flatMap(rangesIn)
}

function rangesIn(registry: string): UsedRange[] {
  return readLeases({ registry }).flatMap(lease => {
    const holder = { kind: 'lease', name: lease.name, owner: lease.owner, registry } as const
    return hostRanges(lease).map((range): UsedRange => ({ ...range, half: 'both', holder }))
  })
}

function isSameFile(a: string, b: string): boolean {
  return realPath(a) === realPath(b)
}

/** Where a path leads, and the path itself where it leads nowhere yet or may not be followed. */
function realPath(file: string): string {
  try {
    return fs.realpathSync(file)
  } catch {
    return path.resolve(file)
  }
}

/** A registry whose lock this process holds. */
export interface LockedRegistry {
  readonly leases: readonly Lease[]
  /** The registry with these leases and no others, on the disk when this returns. */
  write(leases: readonly Lease[]): void
}

/**
 * Runs `work` on a registry while no other process changes it; the registry and its directory are made when first written.
 * `LockedError` when another process keeps it for more than 60 s; `RangesError`: REGISTRY_CORRUPT, REGISTRY_NEWER, REGISTRY_UNUSABLE.
 */
export async function withRegistry<T>(
  place: RangesPlace,
  work: (registry: LockedRegistry) => T | Promise<T>,
): Promise<T> {
  const file = resolveRegistry(registryOf(place))
  const write = (leases: readonly Lease[]) => {
    try {
      replaceFile(file, formatRegistry(leases), { temporary: `${file}.new` })
    } catch (error) {
      throw unusable(file, 'written', error)
    }
  }
  try {
    return await withFileLock(`${file}.lock`, LOCK_LIMIT_MS, () =>
      work({ leases: readLeases({ registry: file }), write }),
    )
  } catch (error) {
    if (error instanceof SyscallError) throw unusable(file, 'locked', error)
    throw error
  }
}

/** An allocation takes milliseconds, but one that writes subuid may wait 15 s for each of shadow's two locks. */
const LOCK_LIMIT_MS = 60_000

/** The same file by whatever name it is called: a link to a registry has its lock beside what it leads to. */
function resolveRegistry(given: string): string {
  const directory = path.dirname(path.resolve(given))
  try {
    makeDirectory(directory)
    const file = path.join(fs.realpathSync(directory), path.basename(given))
    return fs.existsSync(file) ? fs.realpathSync(file) : file
  } catch (error) {
    throw unusable(given, 'used', error)
  }
}

/** One directory, not those above it: whose parent is missing is more likely misspelt. */
function makeDirectory(directory: string): void {
  try {
    fs.mkdirSync(directory, { mode: 0o755 })
    syncDirectory(path.dirname(directory))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function readRegistry(file: string): string | undefined {
  try {
    return readText(file)
  } catch (error) {
    throw unusable(file, 'read', error)
  }
}

function unusable(file: string, verb: string, error: unknown): RangesError {
  return new RangesError(
    'REGISTRY_UNUSABLE',
    `The registry ${file} can't be ${verb}: ${reasonOf(error)}; be root, or use a registry of your own.`,
    { cause: error },
  )
}

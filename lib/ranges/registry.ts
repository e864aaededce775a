import fs from 'node:fs'
import path from 'node:path'
import { RangesError, reasonOf } from './error.ts'
import { hostRanges, type Lease } from './lease.ts'
import { withLock } from './lock.ts'
import { readText } from './read-text.ts'
import { formatRegistry, parseRegistry } from './registry-format.ts'
import { replaceFile, syncDirectory } from './replace-file.ts'
import type { UsedRange } from './used-range.ts'

/** Where leases are kept unless a path is given; root's. */
export const DEFAULT_REGISTRY = '/var/lib/idmaplab/ranges.json'

/** The leases of a registry, as they are at this moment; none when there is no file. Takes no lock: the file changes in one step. */
export function readLeases(file: string = DEFAULT_REGISTRY): readonly Lease[] {
  const text = readRegistry(file)
  return text === undefined ? [] : parseRegistry(text, file)
}

/** The lease of a name, or `undefined`. */
export function findLease(name: string, file: string = DEFAULT_REGISTRY): Lease | undefined {
  return readLeases(file).find(lease => lease.name === name)
}

/** What leases hold, for `allocate` and `findCollisions`. */
export function leasedRanges(leases: readonly Lease[]): readonly UsedRange[] {
  return leases.flatMap(lease =>
    hostRanges(lease).map(
      (range): UsedRange => ({
        ...range,
        half: 'both',
        holder: { kind: 'lease', name: lease.name, owner: lease.owner },
      }),
    ),
  )
}

/** A registry whose lock this process holds. */
export interface LockedRegistry {
  readonly leases: readonly Lease[]
  /** The registry with these leases and no others, on the disk when this returns. */
  write(leases: readonly Lease[]): void
}

/**
 * Runs `work` on a registry while no other process changes it; the registry and its directory are made when first written.
 * `RangesError`: REGISTRY_LOCKED when another process keeps it for more than 30 s, REGISTRY_CORRUPT, REGISTRY_NEWER, REGISTRY_UNUSABLE.
 */
export async function withRegistry<T>(given: string, work: (registry: LockedRegistry) => T | Promise<T>): Promise<T> {
  const file = resolveRegistry(given)
  return withLock(`${file}.lock`, () =>
    work({
      leases: readLeases(file),
      write(leases) {
        try {
          replaceFile(file, formatRegistry(leases), { temporary: `${file}.new` })
        } catch (error) {
          throw unusable(file, 'written', error)
        }
      },
    }),
  )
}

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

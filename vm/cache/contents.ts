import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { harmless } from '../harmless.ts'
import { ownerState } from './owner.ts'
import { type User, usersOf } from './uses.ts'

/** Something kept in the cache: an entry, or the logs of a run. */
export type Kept = {
  /** `kernels`, `snapshots`, `logs` …: the directory it is in. */
  readonly kind: string
  readonly key: string
  /** For people: what was made there. */
  readonly what: string
  /** On the disk; a hole in a file takes no room. */
  readonly bytes: number
  readonly lastUsed: Date
  /** The live processes that use it, as `process 4711 (idmaplab run)`. */
  readonly usedBy: readonly string[]
}

/** Not entries: what runs write for a while, and what is not worth listing. */
const NOT_KEPT: readonly string[] = ['tmp', 'locks', 'uses', 'about', 'series', 'kept']

/** Everything in the cache of which there is a directory, the one used longest ago first. */
export async function contents(root: string): Promise<Kept[]> {
  const users = await usersOf(root)
  const kinds = (await readdir(root, { withFileTypes: true })).filter(
    entry => entry.isDirectory() && !NOT_KEPT.includes(entry.name),
  )
  const kept: Kept[] = []
  for (const { name: kind } of kinds) {
    for (const key of await readdir(join(root, kind)).catch(() => [])) {
      const about = await look(root, kind, key, users.get(`${kind}/${key}`)).catch(() => undefined)
      if (about !== undefined) kept.push(about)
    }
  }
  return kept.sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime() || (a.key < b.key ? -1 : 1))
}

/** What is kept without a note of its own. */
const USUAL: Readonly<Record<string, string>> = {
  apt: 'Debian’s lists of packages',
  logs: 'what a run left',
  runs: 'what a run that was cut short had told',
  loaders: 'what waits in a guest for its agent',
}
const LEFT_OVER = 'left by another version of idmaplab'

/** The note of what an entry is for, beside the entries: these never change. */
export function aboutFile(root: string, kind: string, key: string): string {
  return join(root, 'about', `${kind}.${key}`)
}

/** Who uses one thing in the cache, in words. */
export async function usersInWords(
  root: string,
  { kind, key }: Pick<Kept, 'kind' | 'key'>,
): Promise<readonly string[]> {
  if (kind === 'logs') return writersOf(key)
  return ((await usersOf(root)).get(`${kind}/${key}`) ?? []).map(inWords)
}

// Somebody may be removing it at this moment: then it is not there.
async function look(root: string, kind: string, key: string, users: readonly User[] = []): Promise<Kept> {
  const path = join(root, kind, key)
  const { mtime } = await stat(path)
  return {
    kind,
    key,
    what: harmless(await readFile(aboutFile(root, kind, key), 'utf8').catch(() => USUAL[kind] ?? LEFT_OVER)).trim(),
    bytes: await bytesOnDisk(path, new Set()),
    lastUsed: mtime,
    usedBy: kind === 'logs' ? writersOf(key) : users.map(inWords),
  }
}

/** Who writes the logs of a run is in their name. */
function writersOf(key: string): string[] {
  return ownerState(key) === 'alive' ? ['the run itself'] : []
}

function inWords({ pid, command }: User): string {
  return `process ${pid} (${command})`
}

/** A block of st_blocks, whatever the file system's own are (stat(2)). */
const BLOCK = 512

async function bytesOnDisk(path: string, seen: Set<string>): Promise<number> {
  const { blocks, dev, ino, nlink } = await lstat(path)
  const id = `${dev}:${ino}`
  if (nlink > 1 && seen.has(id)) return 0
  seen.add(id)
  const names = await readdir(path).catch(() => [])
  let below = 0
  for (const name of names) below += await bytesOnDisk(join(path, name), seen).catch(() => 0)
  return blocks * BLOCK + below
}

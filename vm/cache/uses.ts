import { appendFileSync, mkdirSync, rmSync, utimesSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { harmless } from '../harmless.ts'
import { commandOfThisProcess, owner, ownerState } from './owner.ts'

/** A live process that uses an entry. */
export type User = { readonly pid: number; readonly command: string; readonly since: Date }

/**
 * Writes down, for as long as this process lives, that it uses the entry `kind/key`, so that nobody removes it, and that
 * it was used now. To be called before looking whether the entry is there.
 */
export function noteUse(root: string, entry: string): void {
  const notes = noted.get(root) ?? begin(root)
  if (notes.entries.has(entry)) return
  notes.entries.add(entry)
  try {
    appendFileSync(notes.file, `${entry}\n`)
    const now = new Date()
    utimesSync(join(root, entry), now, now)
  } catch {
    // Not there yet, a full disk, or a cache of somebody else's: what is not noted may be removed, and is then made again.
  }
}

/** Who uses what: the live processes by entry, `kind/key`. */
export async function usersOf(root: string): Promise<ReadonlyMap<string, readonly User[]>> {
  const users = new Map<string, User[]>()
  for (const name of await readdir(join(root, USES)).catch(() => []))
    for (const [entry, user] of await readUses(join(root, USES), name))
      users.set(entry, [...(users.get(entry) ?? []), user])
  return users
}

/** The directory of these notes, a file a process, inside a cache. */
export const USES = 'uses'

/** So long a process of another machine or container, of which nothing is known, is taken to live. */
const A_DAY_MS = 24 * 60 * 60 * 1000

async function readUses(dir: string, name: string): Promise<[string, User][]> {
  const state = ownerState(name)
  if (state === 'dead') return []
  try {
    const { mtimeMs, birthtime } = await stat(join(dir, name))
    if (state === 'unknown' && mtimeMs < Date.now() - A_DAY_MS) return []
    const [command = '', ...entries] = (await readFile(join(dir, name), 'utf8')).trimEnd().split('\n')
    const user = { pid: Number(name.split(/[.-]/)[1]), command: harmless(command), since: birthtime }
    return entries.map(entry => [entry, user])
  } catch {
    return []
  }
}

/** What this process has noted, by cache. */
const noted = new Map<string, { readonly file: string; readonly entries: Set<string> }>()

function begin(root: string) {
  const notes = { file: join(root, USES, `run.${owner()}`), entries: new Set<string>() }
  noted.set(root, notes)
  try {
    mkdirSync(join(root, USES), { recursive: true })
    appendFileSync(notes.file, `${commandOfThisProcess()}\n`)
    process.once('exit', () => rmSync(notes.file, { force: true }))
  } catch {
    // As above.
  }
  return notes
}

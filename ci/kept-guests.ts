import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Cache } from '../vm/cache/cache.ts'
import { makeDirectory } from '../vm/cache/make-directory.ts'
import { commandOfThisProcess, owner, ownerState } from '../vm/cache/owner.ts'
import { sweepDead } from '../vm/cache/sweep.ts'
import { harmless } from '../vm/harmless.ts'

/** A guest that a run keeps for whoever wants to look at it. */
export type KeptGuest = {
  readonly socket: string
  /** Of the run, with which the guest ends. */
  readonly pid: number
  readonly command: string
}

const Note = v.object({ socket: v.string(), pid: v.number(), command: v.string() })

/** Notes in the cache that this process keeps a guest, until it is told that it is gone, or ends. */
export async function noteKept({ dir }: Pick<Cache, 'dir'>, socket: string): Promise<() => Promise<void>> {
  const file = join(dir, KEPT, `guest.${owner()}`)
  const kept: KeptGuest = { socket, pid: process.pid, command: commandOfThisProcess() }
  await makeDirectory(join(dir, KEPT))
  await writeFile(file, JSON.stringify(kept))
  return () => rm(file, { force: true })
}

/** The guests that runs with this cache keep, of processes that live here. */
export async function keptGuests({ dir }: Pick<Cache, 'dir'>): Promise<KeptGuest[]> {
  const place = join(dir, KEPT)
  await makeDirectory(place)
  await sweepDead(place)
  const names = (await readdir(place)).filter(name => ownerState(name) === 'alive').sort()
  return (await Promise.all(names.map(name => read(join(place, name))))).flat()
}

/** A directory of the cache. */
const KEPT = 'kept'

// The run may have ended meanwhile.
async function read(file: string): Promise<KeptGuest[]> {
  try {
    const { socket, pid, command } = v.parse(Note, JSON.parse(await readFile(file, 'utf8')))
    return [{ socket, pid, command: harmless(command) }]
  } catch {
    return []
  }
}

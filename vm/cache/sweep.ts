import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ownerState } from './owner.ts'

/** Removes what `unwanted` picks. What cannot be removed (somebody else's, or still being written by a tool whose owner was killed) is left for the next time. */
export async function sweep(dir: string, unwanted: (name: string) => boolean): Promise<void> {
  for (const name of (await readdir(dir)).filter(unwanted))
    await rm(join(dir, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
}

/** After so long nobody is still at work on what another machine, or this one before it was started anew, left here. */
const A_WEEK_MS = 7 * 24 * 60 * 60 * 1000

/** Removes what dead owners left in `dir`, and what nobody knows the owner of after a week. */
export async function sweepDead(dir: string): Promise<void> {
  const old = await olderThan(dir, A_WEEK_MS)
  await sweep(dir, name => ownerState(name) === 'dead' || (ownerState(name) === 'unknown' && old.has(name)))
}

async function olderThan(dir: string, age: number): Promise<Set<string>> {
  const names = await readdir(dir)
  const times = await Promise.all(
    names.map(name =>
      stat(join(dir, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      ),
    ),
  )
  return new Set(names.filter((_, i) => (times[i] ?? Infinity) < Date.now() - age))
}

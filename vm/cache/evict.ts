import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { aboutFile, contents, type Kept, usersInWords } from './contents.ts'
import { ifUnlocked } from './lock.ts'
import { owner } from './owner.ts'

type Place = Pick<Kept, 'kind' | 'key'>

/** Removes one thing, unless somebody uses it or makes it at this moment: then the answer is who. */
export async function remove(root: string, place: Place): Promise<readonly string[]> {
  const lock = join(root, 'locks', `${place.kind}.${place.key}`)
  const removed = await ifUnlocked(lock, () => takeAway(root, place))
  return 'did' in removed ? removed.did : [removed.heldBy]
}

// A process notes that it uses an entry before it looks for it. So one that noted it too late for the first question
// finds nothing, or has noted it by the second, and gets it back.
async function takeAway(root: string, place: Place): Promise<readonly string[]> {
  const before = await usersInWords(root, place)
  if (before.length > 0) return before
  const { kind, key } = place
  const away = join(root, 'tmp', `removed.${kind}.${key}.${owner()}`)
  await rename(join(root, kind, key), away)
  const after = await usersInWords(root, place)
  if (after.length > 0) {
    await rename(away, join(root, kind, key))
    return after
  }
  await rm(away, { recursive: true, force: true, maxRetries: 3 })
  await rm(aboutFile(root, kind, key), { force: true })
  return []
}

export type Pruned = { readonly removed: readonly Kept[]; readonly kept: readonly Kept[]; readonly bytes: number }

/** Removes what was used longest ago, and is in nobody's use, until what is left takes at most `maxBytes`. */
export async function prune(root: string, maxBytes: number): Promise<Pruned> {
  const all = await contents(root)
  const removed: Kept[] = []
  let bytes = all.reduce((sum, kept) => sum + kept.bytes, 0)
  for (const kept of all) {
    if (bytes <= maxBytes) break
    if (kept.usedBy.length > 0 || (await remove(root, kept)).length > 0) continue
    removed.push(kept)
    bytes -= kept.bytes
  }
  return { removed, kept: all.filter(kept => !removed.includes(kept)), bytes }
}

/** Of the entries of a kind whose key is `among` those meant, removes all but the `count` that were used last, and those in use. */
export async function keepNewest(
  root: string,
  kind: string,
  among: (key: string) => boolean,
  count: number,
): Promise<void> {
  // To measure all there is, as `contents` does, would take seconds.
  const old: { readonly key: string; readonly lastUsed: number }[] = []
  for (const key of (await readdir(join(root, kind))).filter(among)) {
    const about = await stat(join(root, kind, key)).catch(() => undefined)
    if (about !== undefined) old.push({ key, lastUsed: about.mtimeMs })
  }
  old.sort((a, b) => b.lastUsed - a.lastUsed)
  for (const { key } of old.slice(count)) await remove(root, { kind, key })
}

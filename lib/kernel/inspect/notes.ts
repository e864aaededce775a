import type { Candidate } from './candidates.ts'
import type { Way } from './way.ts'

/** What could not be found out, in sentences, each with the reason. */
export function notesOf(
  { mount, superblock, chain }: Way,
  missing: { readonly whyNotRaw: string | undefined; readonly whyNotInside: string | undefined },
  likely: readonly Candidate[],
): readonly string[] {
  const notes: string[] = []
  if (mount.state === 'hidden' || mount.state === 'unknown') notes.push(`The mount’s map is not known: ${mount.why}.`)
  for (const { name } of likely) notes.push(`It may be ${name}: that agrees with every id seen here.`)
  if (missing.whyNotRaw !== undefined)
    notes.push(`What is on the disk was not seen past the mount’s map: ${missing.whyNotRaw}.`)
  if (superblock.state === 'unknown')
    notes.push(
      `Whose superblock it is, is not known, and was taken to be the initial user namespace’s: ${superblock.why}.`,
    )
  if (missing.whyNotInside !== undefined)
    notes.push(`What the process itself is shown was computed, not seen: ${missing.whyNotInside}.`)
  if (chain[0] !== undefined && !chain[0].initial)
    notes.push(
      `"host" is here ${chain[0].name}, the outermost user namespace in sight, not the initial one: run this on the host to see further.`,
    )
  for (const { name, map } of chain)
    for (const half of ['uid', 'gid'] as const)
      if (map[half].size === 0) notes.push(`${name} has no ${half}_map (yet): in it every ${half} is nobody.`)
  return notes
}

import fs from 'node:fs'
import path from 'node:path'
import { IdMap } from '../../../../lib/idmap/map.ts'
import type { IdMapPair } from '../../../../lib/idmap/pair.ts'
import { here } from '../../../../lib/kernel/caller.ts'
import { shareMounts, unmount } from '../../../../lib/kernel/mount.ts'
import { readMountinfo } from '../../../../lib/kernel/mountinfo.ts'

/** Where a check happens: a file system that allows idmapped mounts is mounted at `source`, and nothing at `target`. */
export type Stage = {
  /** The kernel's name of the file system at `source`. */
  readonly type: string
  /** Holds all of it; on another file system. */
  readonly directory: string
  readonly source: string
  readonly target: string
  /** In `source`, and its owner's uid there. */
  readonly file: { readonly name: string; readonly uid: number }
}

/** Something that must be true of a file system on this kernel: it throws if not. Run natively by vitest, and in guests. */
export type Check = {
  readonly sentence: string
  readonly run: (stage: Stage) => void | Promise<void>
}

/** 1000 ids from 100000 on, for whoever owns the file. */
export const map = both<'disk', 'host'>([0, 100000, 1000], [1000, 200000, 10])

/** Both halves of a map, from extents in the kernel's own order. */
export function both<From extends string, To extends string>(
  ...extents: readonly (readonly [from: number, to: number, count: number])[]
): IdMapPair<From, To> {
  const one = IdMap.of<From, To>(extents.map(([from, to, count]) => ({ from, to, count })))
  return { uid: one, gid: one }
}

/** Sets up the directories and the file around a mounted `source`; `uid` owns the file if the file system stores owners. */
export function setStage(directory: string, type: string): Stage {
  const at = (name: string) => path.join(directory, name)
  fs.chmodSync(directory, 0o755)
  // As systemd has all mounts: whatever happens to a copy could then happen to the source.
  shareMounts(here(), path.join(directory, 'source'))
  for (const name of ['target', 'other']) fs.mkdirSync(at(name), { recursive: true })
  fs.writeFileSync(at('plain-file'), '')
  const name = 'of-7'
  fs.writeFileSync(at(`source/${name}`), 'seven')
  fs.mkdirSync(at('source/below'), { recursive: true })
  if (type !== 'vfat') fs.chownSync(at(`source/${name}`), 7, 7)
  const { uid } = fs.statSync(at(`source/${name}`))
  return { type, directory, source: at('source'), target: at('target'), file: { name, uid } }
}

/** The mounts below the stage's directory but its source, by their mount points. */
export function mountsOn({ directory, source }: Stage): string[] {
  const points = readMountinfo(here(), 'self').map(({ mountPoint }) => mountPoint)
  return points.filter(point => point.startsWith(`${directory}/`) && point !== source)
}

/** Takes away whatever a failed check left mounted. */
export function clearStage(stage: Stage): void {
  for (const point of mountsOn(stage).toReversed()) unmount(here(), point, { lazy: true })
}

/** What the act threw, for a closer look; throws when it did not. */
export function refusalOf(act: () => unknown): Error & { readonly code?: string; readonly errno?: number } {
  try {
    act()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was refused')
}

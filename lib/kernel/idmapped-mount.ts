import fs from 'node:fs'
import type { IdMapPair } from '../idmap/pair.ts'
import { here } from './caller.ts'
import { attach, closeFd, openDetachedCopy, setIdmap } from './mount.ts'
import { createUserNamespace } from './userns.ts'

export type IdmappedMount = {
  readonly source: string
  /** Must exist, and be a directory if `source` is one. */
  readonly target: string
  /** What an id in the inode is for the host. */
  readonly map: IdMapPair<'disk', 'host'>
}

/** Makes `source` visible at `target` with its ids mapped. All or nothing: when it throws, `target` is as it was. */
export function idmapMount(mount: IdmappedMount): void {
  withIdmappedCopy(mount.source, mount.map, copy => attach(here(), copy, mount.target))
}

/** Whether the file system mounted at `path` lets a mount be idmapped here and now: tried on a copy nobody sees. */
export function tryIdmap(path: string, map: IdMapPair<'disk', 'host'>): void {
  withIdmappedCopy(path, map, () => {})
}

function withIdmappedCopy(path: string, map: IdMapPair<'disk', 'host'>, use: (copy: number) => void): void {
  const namespace = createUserNamespace(map)
  try {
    const copy = openDetachedCopy(here(), path)
    try {
      setIdmap(here(), copy, namespace)
      use(copy)
    } finally {
      closeFd(here(), copy)
    }
  } finally {
    fs.closeSync(namespace)
  }
}

import path from 'node:path'
import type { IdMapPair } from '../../lib/idmap/pair.ts'
import { parseContainerMap } from '../../lib/syntax/registry.ts'

/** What a story's LXC configuration says of ids and places: the host's on the left, the container's on the right. */
export type LxcConfig = {
  readonly idmap: IdMapPair<'container', 'host'>
  readonly root: string
  /** Bind mounts; `userns` is what `idmap=` says: `container`, or the path of a user namespace. */
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly userns: string | undefined }[]
}

const ROOTFS = /^\s*lxc\.rootfs\.path\s*=\s*(?:dir:)?(\S+)/m
const ENTRY = /^\s*lxc\.mount\.entry\s*=\s*(\S+)\s+(\S+)\s+\S+\s+(\S+)/gm

/** Reads what lxc.container.conf(5) calls `lxc.idmap`, `lxc.rootfs.path` and `lxc.mount.entry`. */
export function readLxcConfig(text: string): LxcConfig {
  const [, root] = ROOTFS.exec(text) ?? []
  if (root === undefined) throw new TypeError('an LXC configuration of a story names its lxc.rootfs.path')
  const mounts = [...text.matchAll(ENTRY)].map(([, source = '', target = '', options = '']) => ({
    source,
    target: path.posix.join('/', target),
    userns: /(?:^|,)idmap=([^,]+)/.exec(options)?.[1],
  }))
  return { idmap: parseContainerMap('lxc', text), root, mounts }
}

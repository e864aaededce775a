import { here } from '../caller.ts'
import { closeFd } from '../mount.ts'
import { type MountFacts, type MountMap, mountOf } from '../mount-facts.ts'
import { type FileType, locatedStatusOf } from '../statx.ts'
import { agreeing, candidatesFor } from './candidates.ts'
import { consequencesOf } from './consequences.ts'
import { aboutProcess, codeOf, InspectError } from './error.ts'
import { type InspectedId, judge } from './judge.ts'
import { type NamespaceLevel, namespaceChain } from './namespaces.ts'
import { notesOf } from './notes.ts'
import { type SuperblockFinding, superblockOwner } from './superblock.ts'
import { type Found, lookoutIn, openAsSeenBy } from './vantage.ts'
import { lookAtIds } from './views.ts'
import type { Way } from './way.ts'

/** What a path's ids are on the disk, to the host, and to a process, and why. */
export type PathInspection = {
  readonly path: string
  /** Whose eyes: this process's own when none was named. */
  readonly pid: number
  readonly type: FileType
  /** 0 … 0o7777. */
  readonly mode: number
  /** `undefined`: it is in no mount table this process may read. */
  readonly mount: MountFacts | undefined
  readonly superblock: SuperblockFinding
  /** The host first, the process's own namespace last; one only: the process is not in a container. */
  readonly chain: readonly NamespaceLevel[]
  /** Owner and group, then what the ACLs and the file capability name. */
  readonly ids: readonly InspectedId[]
  /** What follows from an id that is nobody. */
  readonly consequences: readonly string[]
  /** What could not be found out, and why. */
  readonly notes: readonly string[]
}

/**
 * "What uid are you really?": the ids of the file that process `pid` (this one, if none) finds at `path`. Nothing is changed
 * and nothing is left behind. As root everything is told that the kernel can be made to tell; else the notes say what not.
 * With a `pid` the path must be absolute, and is looked up below that process's root directory. Throws an
 * {@link InspectError} when there is no such process or file, or it is not this process's to look at. Linux 5.8.
 */
export function inspectPath(path: string, options: { readonly pid?: number } = {}): PathInspection {
  const pid = options.pid === process.pid ? undefined : options.pid
  const chain = aboutProcess(pid ?? process.pid, () => namespaceChain(pid ?? process.pid))
  const fd = openFile(pid, path)
  try {
    using lookout = lookoutIn(pid, fd)
    return inspectOpen({ path, pid, fd, lookout, chain })
  } finally {
    closeFd(here(), fd)
  }
}

function inspectOpen(found: Found): PathInspection {
  const { path, pid, fd, lookout, chain } = found
  const status = locatedStatusOf(here(), { fd })
  const mount = mountOf(status, { tables: here(), pid: pid ?? 'self', asker: lookout?.caller })
  const superblock: SuperblockFinding =
    mount === undefined
      ? { state: 'unknown', why: 'its mount is in no mount table' }
      : superblockOwner(mount.type, lookout)
  const map: MountMap = mount?.map ?? { state: 'unknown', why: 'the mount is in no mount table this process may read' }
  const way: Way = { mount: map, superblock, chain }
  const { views, overflow, whyNotRaw, whyNotInside } = lookAtIds(found, mount)
  const ids = views.map(view => judge(view, way, overflow))
  return {
    path,
    pid: pid ?? process.pid,
    type: status.type,
    mode: status.mode,
    mount,
    superblock,
    chain,
    ids,
    consequences: consequencesOf(ids),
    notes: notesOf(way, { whyNotRaw, whyNotInside }, map.state === 'hidden' ? agreeing(candidatesFor(chain), ids) : []),
  }
}

function openFile(pid: number | undefined, path: string): number {
  if (pid !== undefined && !path.startsWith('/'))
    throw new InspectError(
      'INSPECT_RELATIVE_PATH',
      `${JSON.stringify(path)} is relative: with a pid, give the path as that process sees it, from its root directory.`,
    )
  try {
    return openAsSeenBy(pid, path)
  } catch (error) {
    const code = codeOf(error)
    const whose = pid === undefined ? '' : ` below the root of process ${pid}`
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP')
      throw new InspectError('INSPECT_NO_FILE', `There is no ${path}${whose} (${code}).`, { cause: error })
    if (code === 'EACCES')
      throw new InspectError('INSPECT_NOT_PERMITTED', `${path}${whose} is not yours to reach (${code}).`, {
        cause: error,
      })
    throw error
  }
}

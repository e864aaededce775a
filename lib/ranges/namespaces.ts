import fs from 'node:fs'
import path from 'node:path'
import type { Extent } from '../idmap/extent.ts'
import type { Half } from '../idmap/problem.ts'
import { isSound } from '../idmap/validate.ts'
import { kernel } from '../syntax/kernel.ts'
import { identify, linkOf, namespaceInode, type ProcessMaps, readProcessMaps } from './process-maps.ts'
import type { NamespaceHolder, UsedRange } from './used-range.ts'

/** Host ids that running processes' user namespaces map, and what of it could not be seen, in sentences. */
export interface NamespacesSeen {
  readonly used: readonly UsedRange[]
  readonly unseen: readonly string[]
}

/**
 * The host side of `/proc/PID/uid_map` and `gid_map` of every user namespace but the caller's own, in the ids of the caller's
 * namespace, as user_namespaces(7) has the kernel show them. A namespace inside another one that is seen is left out: it can
 * have nothing its parent has not (NS_GET_PARENT, Linux 4.9). So are extents that say "host 0 on is itself", as
 * `PrivateUsers=identity` of systemd writes them: they set no ids apart. What keeps no process is not seen: a namespace
 * that only a mount or a descriptor keeps alive.
 */
export function readNamespaces(root: string): NamespacesSeen {
  const proc = path.join(root, 'proc')
  const { namespaces, refused } = survey(proc)
  const inodes = new Set(namespaces.map(({ holder }) => holder.inode))
  const outermost = namespaces.filter(({ parent }) => parent === undefined || !inodes.has(parent))
  const used = outermost.flatMap(({ holder, maps }) => (['uid', 'gid'] as const).flatMap(rangesOf(holder, maps)))
  return { used, unseen: unseen(proc, refused) }
}

interface SeenNamespace {
  readonly holder: NamespaceHolder
  readonly parent: number | undefined
  readonly maps: ProcessMaps
}

/** Each namespace once: by its inode, and where that may not be read by its maps. */
function survey(proc: string): { readonly namespaces: readonly SeenNamespace[]; readonly refused: number } {
  const own = namespaceInode(path.join(proc, 'self/ns/user'))
  const self = readProcessMaps(path.join(proc, 'self'))
  const seen = new Set([own === undefined ? undefined : `${own}`, self && textOf(self)])
  const namespaces: SeenNamespace[] = []
  let refused = 0
  for (const pid of pidsOf(proc)) {
    const process = path.join(proc, `${pid}`)
    const inode = namespaceInode(path.join(process, 'ns/user'))
    if (inode !== undefined && seen.has(`${inode}`)) continue
    try {
      const maps = readProcessMaps(process)
      const key = inode === undefined ? maps && textOf(maps) : `${inode}`
      if (!maps || seen.has(key)) continue
      seen.add(key)
      namespaces.push({ ...identify(process, inode, own), maps })
    } catch {
      refused++
    }
  }
  return { namespaces, refused }
}

function textOf({ uid, gid }: ProcessMaps): string {
  return `${uid}\n${gid}`
}

function pidsOf(proc: string): number[] {
  const names = fs.existsSync(proc) ? fs.readdirSync(proc) : []
  const pids = names.filter(name => /^[1-9][0-9]*$/.test(name)).map(Number)
  return pids.toSorted((a, b) => a - b)
}

function rangesOf(holder: NamespaceHolder, maps: ProcessMaps): (half: Half) => UsedRange[] {
  return half => {
    const { entries } = kernel.roles.container.read(maps[half])
    const extents = entries.filter(entry => entry.half === half).map(({ extent }) => extent)
    return extents
      .filter(extent => isSound(extent) && !setsNothingApart(extent))
      .map(({ to, count }) => ({ from: to, count, half, holder }))
  }
}

function setsNothingApart({ from, to }: Extent): boolean {
  return from === 0 && to === 0
}

/** PROC_PID_INIT_INO of include/linux/proc_ns.h (since Linux 3.8): the pid namespace in which every process is to be seen. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]'

function unseen(proc: string, refused: number): string[] {
  const says: string[] = []
  if (refused > 0)
    says.push(
      `the id maps of ${refused === 1 ? 'a process' : `${refused} processes`} may not be read: be root to see every running container`,
    )
  if (!fs.existsSync(path.join(proc, '1')))
    says.push(`${proc} shows no process 1, so not all processes: be root to see every running container`)
  const pids = linkOf(path.join(proc, 'self/ns/pid'))
  if (pids !== undefined && pids !== INITIAL_PID_NAMESPACE)
    says.push('this runs in a pid namespace of its own: containers outside of it are not seen')
  return says
}

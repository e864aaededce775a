import fs from 'node:fs'
import type { Id } from '../../idmap/extent.ts'
import type { Half } from '../../idmap/problem.ts'
import { here } from '../caller.ts'
import { SyscallError } from '../errno.ts'
import { closeFd } from '../mount.ts'
import { owningUserNamespace } from '../namespace-ioctl.ts'
import { type FourIds, type ProcessStatus, readProcessStatus } from '../process-status.ts'
import { UserNamespace } from '../userns.ts'
import { aboutProcess } from './error.ts'
import { endOfTrail, follow } from './follow.ts'
import { chainOf, type NamespaceLevel, namespaceChain } from './namespaces.ts'
import { hopsFromHost } from './way.ts'

const KINDS = ['mnt', 'net', 'ipc', 'uts', 'pid', 'cgroup', 'time'] as const

/** Whether a process's capabilities count for one of its namespaces: they do for what its own user namespace owns, or one inside that. */
export type Reach =
  | 'owned by its user namespace'
  | 'owned by a namespace inside'
  | 'owned by a namespace outside'
  | 'unknown'

/** One of the namespaces a process is in, and the user namespace whose capabilities count for it. */
export type OwnedNamespace = {
  readonly kind: (typeof KINDS)[number]
  /** E.g. `net:[4026531840]`. */
  readonly name: string
  /** The user namespace that owns it; `undefined`: it is outside of what this process may see. */
  readonly owner: string | undefined
  readonly reach: Reach
}

/** A process's ids in one of the user namespaces it is in; `nobody`: it has none there. */
export type IdsInNamespace = {
  readonly namespace: NamespaceLevel
  readonly uid: { readonly [Kind in keyof FourIds]: Id | 'nobody' }
  readonly gid: { readonly [Kind in keyof FourIds]: Id | 'nobody' }
  readonly groups: readonly (Id | 'nobody')[]
}

/** Who a process is in every user namespace it is in, and over what it has power. */
export type ProcessInspection = {
  readonly pid: number
  /** As this process's namespace numbers them. */
  readonly status: ProcessStatus
  /** The host first, the process's own last. */
  readonly levels: readonly IdsInNamespace[]
  readonly namespaces: readonly OwnedNamespace[]
}

/** Looks at a process; throws an `InspectError` when it is not there or not this process's to look at. */
export function inspectProcess(pid: number): ProcessInspection {
  return aboutProcess(pid, () => {
    const status = readProcessStatus(here(), pid)
    const chain = namespaceChain(pid)
    return {
      pid,
      status,
      levels: chain.map((_, level) => idsAt(status, chain.slice(0, level + 1))),
      namespaces: namespacesOf(pid, chain),
    }
  })
}

/** A process's ids at the end of a chain of namespaces. */
export function idsAt(status: ProcessStatus, chain: readonly NamespaceLevel[]): IdsInNamespace {
  const [host] = chain
  const namespace = chain.at(-1) ?? host
  if (namespace === undefined) throw new RangeError('a chain of user namespaces has at least one')
  const inside = (half: Half, id: Id): Id | 'nobody' =>
    endOfTrail(follow(half, { space: 'host', id }, hopsFromHost(chain, half))) ?? 'nobody'
  const four = (half: Half) => ({
    real: inside(half, status[half].real),
    effective: inside(half, status[half].effective),
    saved: inside(half, status[half].saved),
    filesystem: inside(half, status[half].filesystem),
  })
  return { namespace, uid: four('uid'), gid: four('gid'), groups: status.groups.map(id => inside('gid', id)) }
}

function namespacesOf(pid: number, chain: readonly NamespaceLevel[]): readonly OwnedNamespace[] {
  // Kernels before 5.6 have no time namespaces; one built without a kind has no link for it.
  const kinds = KINDS.filter(kind => fs.existsSync(`/proc/${pid}/ns/${kind}`))
  return kinds.map(kind => {
    const fd = fs.openSync(`/proc/${pid}/ns/${kind}`, 'r')
    try {
      return { kind, name: fs.readlinkSync(`/proc/self/fd/${fd}`), ...ownerOf(fd, chain) }
    } finally {
      fs.closeSync(fd)
    }
  })
}

function ownerOf(fd: number, chain: readonly NamespaceLevel[]): Pick<OwnedNamespace, 'owner' | 'reach'> {
  const ownerFd = owningDescriptor(fd)
  if (ownerFd === undefined) return { owner: undefined, reach: 'owned by a namespace outside' }
  try {
    using owner = UserNamespace.ofDescriptor(ownerFd)
    const name = `user:[${owner.inode}]`
    const level = chain.findIndex(namespace => namespace.name === name)
    if (level === chain.length - 1) return { owner: name, reach: 'owned by its user namespace' }
    if (level >= 0) return { owner: name, reach: 'owned by a namespace outside' }
    const inside = chainOf(owner).some(namespace => namespace.name === chain.at(-1)?.name)
    return { owner: name, reach: inside ? 'owned by a namespace inside' : 'unknown' }
  } finally {
    closeFd(here(), ownerFd)
  }
}

function owningDescriptor(fd: number): number | undefined {
  try {
    return owningUserNamespace(here(), fd)
  } catch (error) {
    // The owner is outside of this process's own user namespace, and so of that one's children's too.
    if (error instanceof SyscallError && error.code === 'EPERM') return undefined
    throw error
  }
}

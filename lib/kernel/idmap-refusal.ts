import os from 'node:os'
import { type Caller, here, tryCall } from './caller.ts'
import type { Diagnosis } from './diagnosis.ts'
import { SyscallError } from './errno.ts'
import { closeFd, openDetachedCopy, setIdmap } from './mount.ts'
import { mountAt, mountOfDescriptor, mountTree } from './mount-lookup.ts'
import { namespaceType } from './namespace-ioctl.ts'
import { hasPowerOver, hasPowerOverAll, isInitialUserNamespace, powerOverMounts } from './namespace-power.ts'
import { syscallSince } from './syscall-since.ts'
import { CLONE_NEWUSER } from './task.ts'
import { unwrittenHalves, withThrowawayNamespace } from './userns-trial.ts'

const F_GETFL = 3
const O_PATH = 0o10000000

/** What a map was refused to. Descriptors are the caller's. */
export type RefusedIdmap = {
  /** Of the user namespace the map should come from. */
  readonly namespace: number
  /** Of the mount that was to get it, if it came that far. */
  readonly mount?: number
  /** The path the mount is a copy of. */
  readonly source?: string
  readonly recursive?: boolean
}

/**
 * Why a mount could not be idmapped. Looks only after the refusal: at the descriptors, the namespaces, the mounts and
 * the caller's capabilities; where no file tells, it tries on copies nobody sees. `undefined`: nothing was found.
 * The kernel's own order is that of build_mount_idmapped() and can_idmap_mount() in fs/namespace.c.
 */
export function whyIdmapRefused(caller: Caller, refused: SyscallError, idmap: RefusedIdmap): Diagnosis | undefined {
  const changing = refused.syscall === 'mount_setattr' || refused.syscall === 'open_tree_attr'
  if (refused.code === 'ENOSYS') return tooOld(refused.syscall)
  if (refused.code === 'EPERM') return powerOverMounts(caller) ?? (changing ? powerless(caller, idmap) : undefined)
  if (!changing) return undefined
  if (refused.code === 'EINVAL') return wrongNamespace(caller, idmap) ?? wrongMount(caller, idmap)
  if (refused.code === 'EBADF') return wrongNamespace(caller, idmap) ?? closedMount(caller, idmap)
  if (refused.code !== 'EBUSY') return undefined
  return { code: 'MOUNT_BUSY', sentence: `a file is open for writing through ${nameOf(idmap)}: close it first` }
}

function tooOld(syscall: string): Diagnosis {
  const since = syscallSince(syscall) ?? 'a later version'
  const sentence = `Linux ${os.release()} has no ${syscall}(2), which came with Linux ${since}`
  return { code: 'KERNEL_TOO_OLD', sentence }
}

function powerless(caller: Caller, idmap: RefusedIdmap): Diagnosis {
  if (isInitialUserNamespace(caller, idmap.namespace))
    return {
      code: 'USERNS_INITIAL',
      sentence:
        'the map was to come from the initial user namespace, which maps nothing: give one with maps of its own',
    }
  if (!hasPowerOver(caller, idmap.namespace))
    return {
      code: 'NO_CAP_OVER_USERNS',
      sentence: 'the caller has no CAP_SYS_ADMIN in the user namespace the map was to come from',
    }
  const mapped = idmap.source === undefined ? undefined : treeOf(caller, idmap).find(({ idmapped }) => idmapped)
  // Whoever has the capability in the initial namespace has it in the superblock's, so only one reason is left.
  if (mapped !== undefined || hasPowerOverAll(caller)) return alreadyMapped(mapped?.mountPoint ?? nameOf(idmap))
  return {
    code: 'NO_CAP_OVER_SUPERBLOCK',
    sentence: `the caller has no CAP_SYS_ADMIN in the user namespace the file system of ${nameOf(idmap)} was mounted in`,
  }
}

function alreadyMapped(place: string): Diagnosis {
  const remedy = 'mount the un-mapped directory, or replace the map (Linux 6.15)'
  return {
    code: 'MOUNT_ALREADY_IDMAPPED',
    sentence: `${place} is idmapped already, and a mount has one map: ${remedy}`,
  }
}

function wrongNamespace(caller: Caller, { namespace, mount }: RefusedIdmap): Diagnosis | undefined {
  const flags = tryCall(caller, 'fcntl', [namespace, F_GETFL, 0])
  // A number that was free when the mount was opened is the mount's now.
  if (flags < 0 || namespace === mount)
    return { code: 'DESCRIPTOR_CLOSED', sentence: `the descriptor ${namespace} of the user namespace is not open` }
  if (flags & O_PATH) return notUserNamespace(`the descriptor ${namespace} was opened with O_PATH: open it for reading`)
  if (namespaceType(caller, namespace) !== CLONE_NEWUSER)
    return notUserNamespace(`the descriptor ${namespace} is not of a user namespace: open one, as /proc/PID/ns/user`)
  const halves = unwrittenHalves(caller, namespace)
  if (halves.length === 0) return undefined
  const files = halves.map(half => `${half}_map`).join(' and ')
  return {
    code: 'USERNS_UNMAPPED',
    sentence: `the user namespace has no ${files}: a mount’s map needs both halves, uids and gids, and since Linux 6.9 an empty one is refused`,
  }
}

function notUserNamespace(sentence: string): Diagnosis {
  return { code: 'NOT_A_USERNS', sentence }
}

function closedMount(caller: Caller, { mount }: RefusedIdmap): Diagnosis | undefined {
  if (mount === undefined || tryCall(caller, 'fcntl', [mount, F_GETFL, 0]) >= 0) return undefined
  return { code: 'DESCRIPTOR_CLOSED', sentence: `the descriptor ${mount} of the mount is not open` }
}

function wrongMount(caller: Caller, idmap: RefusedIdmap): Diagnosis | undefined {
  const attached = idmap.mount === undefined ? undefined : mountOfDescriptor(caller, idmap.mount)
  if (attached !== undefined)
    return {
      code: 'MOUNT_ATTACHED',
      sentence: `${attached.mountPoint} is attached already: only a detached copy (open_tree) can be given a map`,
    }
  const { source } = idmap
  if (source === undefined) return undefined
  const culprit = treeOf(caller, idmap).find(({ mountPoint }) => !takes(caller, mountPoint, idmap.namespace))
  return culprit && refusedFilesystem(caller, culprit.mountPoint, culprit.type)
}

// Told apart by trying: a file system that takes another namespace does not want this one.
function refusedFilesystem(caller: Caller, place: string, type: string): Diagnosis | undefined {
  const another = caller === here() && withThrowawayNamespace(fd => takes(caller, place, fd))
  if (another)
    return {
      code: 'USERNS_OF_SUPERBLOCK',
      sentence: `the map was to come from the user namespace the ${type} at ${place} was mounted in, where it would change nothing`,
    }
  return {
    code: 'FILESYSTEM_NOT_IDMAPPABLE',
    sentence: `the ${type} at ${place} does not allow idmapped mounts on Linux ${os.release()}`,
  }
}

function takes(caller: Caller, place: string, namespace: number): boolean {
  let copy: number | undefined
  try {
    copy = openDetachedCopy(caller, place)
    setIdmap(caller, copy, namespace)
    return true
  } catch (error) {
    if (error instanceof SyscallError) return false
    throw error
  } finally {
    if (copy !== undefined) closeFd(caller, copy)
  }
}

function treeOf(caller: Caller, { source = '', recursive }: RefusedIdmap) {
  if (recursive) return mountTree(caller, source)
  const only = mountAt(caller, source)
  return only === undefined ? [] : [only]
}

function nameOf({ source, mount }: RefusedIdmap): string {
  return source ?? `the mount of descriptor ${mount}`
}

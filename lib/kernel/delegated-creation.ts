import fs from 'node:fs'
import type { IdMapPair } from '../idmap/pair.ts'
import { type Caller, here } from './caller.ts'
import { Descriptor } from './descriptor.ts'
import { type Diagnosis, diagnosed } from './diagnosis.ts'
import {
  contextMessages,
  createSuperblock,
  mountContext,
  openFilesystem,
  type Parameter,
  setParameter,
} from './filesystem-context.ts'
import { attach } from './mount.ts'
import type { MountAttributes } from './mount-attributes.ts'
import { takeDescriptorOf, unshareNamespace } from './namespaces.ts'
import { statusOf } from './statx.ts'
import { UserNamespace } from './userns.ts'
import { becomeSomebody, taskInNamespace } from './userns-entry.ts'

/** A file system to be made for a user namespace. */
export type DelegatedCreation = {
  /** The kernel's name of the file system, e.g. `tmpfs` or `overlay`. */
  readonly type: string
  /** Its options; paths in them are looked up by the helper, with the rights of the namespace's first id. */
  readonly parameters?: Readonly<Record<string, Exclude<Parameter, object>>>
  /** Whose it shall be: a user namespace held open, or that of a process. */
  readonly owner: UserNamespace | number
  readonly attributes?: MountAttributes
}

/** Whose a superblock is: ids in its inodes are ids of this user namespace, and its root may reconfigure it. */
export type SuperblockOwner = {
  /** The namespace's number. */
  readonly namespace: number
  /** What its ids are on the host. */
  readonly map: IdMapPair<'disk', 'host'>
}

/**
 * Makes a file system that belongs to a user namespace, and a mount of it that belongs to this process: a helper in the
 * namespace, without any power outside, opens and creates it (fsopen, fsconfig), and this process, which has the power to
 * mount, takes it over and mounts it (fsmount). So the credentials a file system keeps, as overlayfs does, are those of the
 * container, and the host decides where it is seen. Linux 5.6 (pidfd_getfd).
 *
 * Only for file systems that may be mounted in user namespaces (FS_USERNS_MOUNT: tmpfs; overlayfs since 5.11); another is
 * refused with `FILESYSTEM_NOT_FOR_USERNS`. The result is detached: {@link DelegatedMount.attach} it, or close it.
 */
export function createDelegated(creation: DelegatedCreation): DelegatedMount {
  const { owner } = creation
  if (owner instanceof UserNamespace) return create(creation, owner)
  using namespace = UserNamespace.of(owner)
  return create(creation, namespace)
}

/** A detached mount of a file system that belongs to somebody else. */
export class DelegatedMount extends Descriptor {
  readonly owner: SuperblockOwner
  /** Who its root directory belongs to, as the host sees it. */
  readonly root: { readonly uid: number; readonly gid: number }

  constructor(fd: number, type: string, owner: SuperblockOwner) {
    super(fd, `the detached ${type} of user namespace ${owner.namespace}`)
    this.owner = owner
    const { uid, gid } = statusOf(here(), { fd })
    this.root = { uid, gid }
  }

  /** Attaches it at `target` and gives the descriptor up: from now on it is a mount like any other. */
  attach(target: string): void {
    attach(here(), this.fd, target)
    this.close()
  }
}

function create({ type, parameters = {}, attributes }: DelegatedCreation, namespace: UserNamespace): DelegatedMount {
  using helper = taskInNamespace(namespace, `the helper in ${namespace.what}`)
  becomeSomebody(helper)
  // fsopen(2) asks for power over the caller's mount namespace, and a new one is its maker's.
  unshareNamespace(helper, 'mnt')
  const context = diagnosed(
    () => openFilesystem(helper, type),
    refused => (refused.code === 'EPERM' ? whyNotForUserns(type, []) : undefined),
  )
  configure(helper, context, type, parameters)
  const taken = takeDescriptorOf(helper.pid, context)
  try {
    const mount = mountContext(here(), taken, attributes)
    return new DelegatedMount(mount, type, { namespace: namespace.inode, map: namespace.maps<'disk'>() })
  } finally {
    fs.closeSync(taken)
  }
}

function configure(helper: Caller, context: number, type: string, parameters: Readonly<Record<string, Parameter>>) {
  for (const [key, value] of Object.entries(parameters)) setParameter(helper, context, key, value)
  diagnosed(
    () => createSuperblock(helper, context),
    refused => (refused.code === 'EPERM' ? whyNotForUserns(type, contextMessages(helper, context)) : undefined),
  )
}

/** File systems that show another kind of namespace, and are for who owns that: each looks it up in its init_fs_context(). */
const shownNamespace: Readonly<Record<string, string>> = {
  proc: 'pid',
  sysfs: 'network',
  mqueue: 'ipc',
  cgroup: 'cgroup',
  cgroup2: 'cgroup',
}

// The helper has every capability in its namespace, so what it lacks is one outside (mount_capable() in fs/super.c).
function whyNotForUserns(type: string, said: readonly string[]): Diagnosis {
  const more = said.length === 0 ? '' : `; the file system says: ${said.join('; ')}`
  const shown = shownNamespace[type]
  const sentence =
    shown === undefined
      ? `${type} may be created only by root of the initial user namespace (it has no FS_USERNS_MOUNT)${more}`
      : `${type} shows a ${shown} namespace, and the user namespace owns none: the helper has no power over the host's${more}`
  return { code: 'FILESYSTEM_NOT_FOR_USERNS', sentence }
}

import fs from 'node:fs'
import type { Id } from '../../idmap/extent.ts'
import type { IdMapPair } from '../../idmap/pair.ts'
import { here } from '../caller.ts'
import { SyscallError } from '../errno.ts'
import { closeFd } from '../mount.ts'
import { ownerUid, parentNamespace } from '../namespace-ioctl.ts'
import { isInitialUserNamespace } from '../namespace-power.ts'
import { UserNamespace } from '../userns.ts'

/** A user namespace as this process sees it. `host` is this process's own namespace: the initial one, unless it runs in a container itself. */
export type NamespaceLevel = {
  /** As `/proc/PID/ns/user` names it, e.g. `user:[4026532200]`; unique among those alive. */
  readonly name: string
  readonly initial: boolean
  /** The host uid that made it; over it that user has every capability. `undefined` for this process's own namespace. */
  readonly owner: Id | undefined
  /** Empty until its maps are written. */
  readonly map: IdMapPair<'container', 'host'>
}

/** The user namespaces that process `pid` is in: the outermost that this process may see first, its own last. NS_GET_PARENT, Linux 4.9. */
export function namespaceChain(pid: number): readonly NamespaceLevel[] {
  using innermost = UserNamespace.of(pid)
  return chainOf(innermost)
}

/** The same of the user namespace itself. */
export function chainOf(namespace: UserNamespace): readonly NamespaceLevel[] {
  const level = describeUserNamespace(namespace)
  using parent = level.owner === undefined ? undefined : visibleParent(namespace)
  return parent === undefined ? [level] : [...chainOf(parent), level]
}

/** What is known of one user namespace. Its maps need CAP_SYS_ADMIN over it. */
export function describeUserNamespace(namespace: UserNamespace): NamespaceLevel {
  const own = namespace.inode === ownUserNamespace()
  return {
    name: `user:[${namespace.inode}]`,
    initial: isInitialUserNamespace(here(), namespace.fd),
    owner: own ? undefined : ownerUid(here(), namespace.fd),
    map: namespace.maps(),
  }
}

/** The inode of the user namespace this process is in. */
export function ownUserNamespace(): number {
  return fs.statSync('/proc/self/ns/user').ino
}

function visibleParent(namespace: UserNamespace): UserNamespace | undefined {
  let fd: number
  try {
    fd = parentNamespace(here(), namespace.fd)
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'EPERM') return undefined
    throw error
  }
  try {
    return UserNamespace.ofDescriptor(fd)
  } finally {
    closeFd(here(), fd)
  }
}

import type { Id } from '../idmap/extent.ts'
import { type Caller, call, tryCall } from './caller.ts'

/** ioctl_nsfs(2), include/uapi/linux/nsfs.h. */
export const NamespaceIoctl = { userNamespace: 0xb701, parent: 0xb702, type: 0xb703, ownerUid: 0xb704 } as const

/**
 * The user namespace that owns the namespace `fd` is of, as a new descriptor of the caller: whose capabilities count for it.
 * Linux 4.9. EPERM: it is the caller's parent or further out, which the caller must not see.
 */
export function owningUserNamespace(caller: Caller, fd: number): number {
  return call(caller, 'ioctl', [fd, NamespaceIoctl.userNamespace, 0], [`fd ${fd}`, 'NS_GET_USERNS'])
}

/** The parent of a user or pid namespace, as a new descriptor. Linux 4.9. EPERM: the initial one has none, and the caller's own is the last it may see. */
export function parentNamespace(caller: Caller, fd: number): number {
  return call(caller, 'ioctl', [fd, NamespaceIoctl.parent, 0], [`fd ${fd}`, 'NS_GET_PARENT'])
}

/** The uid that made the user namespace, as the caller's user namespace sees it (65534 when it has none for it). Linux 4.11. */
export function ownerUid(caller: Caller, fd: number): Id {
  const uid = caller.scratch.reserve(4)
  call(caller, 'ioctl', [fd, NamespaceIoctl.ownerUid, uid.address], [`fd ${fd}`, 'NS_GET_OWNER_UID'])
  return uid.bytes.readUInt32LE(0)
}

/** The CLONE_NEW… flag of the kind of namespace `fd` is of; `undefined` when it is of something else. Linux 4.11. */
export function namespaceType(caller: Caller, fd: number): number | undefined {
  const flag = tryCall(caller, 'ioctl', [fd, NamespaceIoctl.type, 0])
  return flag < 0 ? undefined : flag
}

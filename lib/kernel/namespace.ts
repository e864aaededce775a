import fs from 'node:fs'
import { here, tryCall } from './caller.ts'

/** `_IO(0xb7, …)` of linux/nsfs.h; both since Linux 4.9 and 4.11, ioctl_ns(2). */
const NS_GET_PARENT = 0xb702
const NS_GET_OWNER_UID = 0xb704

/** The inode of the user namespace that the one behind `fd` was made in; `undefined` for the initial one, or when it is out of the caller's sight (EPERM). */
export function parentNamespace(fd: number): number | undefined {
  const parent = tryCall(here(), 'ioctl', [fd, NS_GET_PARENT, 0])
  if (parent < 0) return undefined
  try {
    return fs.fstatSync(parent).ino
  } finally {
    fs.closeSync(parent)
  }
}

/** The effective uid of who made the user namespace behind `fd`, as the caller's own namespace says it; `undefined` when `fd` is no user namespace. */
export function namespaceMaker(fd: number): number | undefined {
  const caller = here()
  const uid = caller.scratch.reserve(4)
  return tryCall(caller, 'ioctl', [fd, NS_GET_OWNER_UID, uid.address]) === 0 ? uid.bytes.readUInt32LE(0) : undefined
}

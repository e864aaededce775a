import { constants } from 'node:os'
import { type Caller, call, refusal, tryCall } from './caller.ts'
import { nameOf, type Place } from './statx.ts'

/** XATTR_LIST_MAX: no list is longer. */
const LONGEST = 64 * 1024

/**
 * getxattr(2): the value, or `undefined` when the file has none of that name (ENODATA). EOPNOTSUPP: the file system keeps
 * none of that kind.
 */
export function getXattr(caller: Caller, place: Place, name: string): Buffer | undefined {
  for (;;) {
    const length = ask(caller, place, name, [0, 0])
    if (length <= 0) return length === 0 ? Buffer.alloc(0) : undefined
    // Just as long as it is: before Linux 6.2 the ids of an ACL pass a mount's map only when the room for it is a whole
    // number of entries (posix_acl_getxattr_idmapped_mnt() goes by the size of the buffer, not of the value).
    const value = caller.scratch.reserve(length)
    const read = ask(caller, place, name, [value.address, length])
    if (read !== GREW) return read < 0 ? undefined : Buffer.from(value.bytes.subarray(0, read))
  }
}

const GONE = -1
const GREW = -2

/** The length, or one of the two answers above; any other refusal is thrown. */
function ask(caller: Caller, place: Place, name: string, room: readonly [bigint | number, number]): number {
  const length = tryCall(caller, ...pathCall('getxattr', 'lgetxattr', place, [name, ...room]))
  if (length >= 0) return length
  if (length === -constants.errno.ENODATA) return GONE
  if (length === -constants.errno.ERANGE) return GREW
  throw refusal(caller, 'getxattr', -length, [nameOf(place), name])
}

/** setxattr(2): makes or replaces the value. */
export function setXattr(caller: Caller, place: Place, name: string, value: Uint8Array): void {
  const args = [name, value, value.length, 0] as const
  call(caller, ...pathCall('setxattr', 'lsetxattr', place, args), [nameOf(place), name, `<${value.length} bytes>`])
}

/** listxattr(2): the names the caller may see; `trusted.` ones only with CAP_SYS_ADMIN in the initial user namespace. */
export function listXattrs(caller: Caller, place: Place): readonly string[] {
  const names = caller.scratch.reserve(LONGEST)
  const length = call(caller, ...pathCall('listxattr', 'llistxattr', place, [names.address, LONGEST]), [nameOf(place)])
  return names.bytes.toString('utf8', 0, length).split('\0').slice(0, -1)
}

type Call = Parameters<typeof tryCall>[1]
type Arguments = Parameters<typeof tryCall>[2]

// The calls that take a descriptor refuse an O_PATH one (EBADF); its name in /proc is taken by all.
function pathCall(following: Call, notFollowing: Call, place: Place, rest: Arguments): [Call, Arguments] {
  return typeof place === 'string'
    ? [notFollowing, [place, ...rest]]
    : [following, [`/proc/self/fd/${place.fd}`, ...rest]]
}

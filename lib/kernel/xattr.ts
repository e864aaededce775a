import { constants } from 'node:os'
import { type Caller, call, refusal, tryCall } from './caller.ts'
import { nameOf, type Place } from './statx.ts'

/** XATTR_SIZE_MAX and XATTR_LIST_MAX: no value and no list is longer. */
const LONGEST = 64 * 1024

/** getxattr(2): the value, or `undefined` when the file has none of that name (ENODATA). EOPNOTSUPP: the file system keeps none of that kind. */
export function getXattr(caller: Caller, place: Place, name: string): Buffer | undefined {
  const value = caller.scratch.reserve(LONGEST)
  const length = tryCall(caller, ...pathCall('getxattr', 'lgetxattr', place, [name, value.address, LONGEST]))
  if (length === -constants.errno.ENODATA) return undefined
  if (length < 0) throw refusal(caller, 'getxattr', -length, [nameOf(place), name])
  return Buffer.from(value.bytes.subarray(0, length))
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

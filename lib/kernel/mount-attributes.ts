import { type Caller, call } from './caller.ts'

const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const AT_RECURSIVE = 0x8000

/** struct mount_attr, version 0: four 64-bit words (include/uapi/linux/mount.h); the only one up to Linux 7.3. */
export const MOUNT_ATTR_BYTES = 32
/** Where the words are in it, in bytes. */
export const MountAttrLayout = { set: 0, clear: 8, propagation: 16, userNamespace: 24 } as const

/** MOUNT_ATTR_… bits of attributes that are on or off. nosymfollow since Linux 5.14, the others 5.12. */
export const MountAttr = {
  readOnly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  nodiratime: 0x80,
  nosymfollow: 0x200000,
} as const
const MOUNT_ATTR_ATIME = 0x70
const MOUNT_ATTR_IDMAP = 0x100000

/** When reading a file writes its access time; the kernel's default is `relatime`. */
export type AccessTime = 'relatime' | 'noatime' | 'strictatime'
const accessTimes: Readonly<Record<AccessTime, number>> = { relatime: 0, noatime: 0x10, strictatime: 0x20 }

/** Where mounts below this one are seen too: mount_namespaces(7). */
export type Propagation = 'shared' | 'slave' | 'private' | 'unbindable'
const propagations: Readonly<Record<Propagation, number>> = {
  unbindable: 1 << 17,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
}

/** What to change of a mount: true sets, false clears, and what is not named stays as it is. */
export type MountAttributes = { readonly [Name in keyof typeof MountAttr]?: boolean } & {
  readonly accessTime?: AccessTime
  readonly propagation?: Propagation
}

/** A change with a map: the descriptor of a user namespace, whose inner ids are read as the disk's. */
export type MountChange = MountAttributes & { readonly idmap?: number }

/** A mount by a descriptor of it, or by the path of its root. */
export type MountPlace = number | string

/**
 * mount_setattr(2), Linux 5.12: changes all of it or nothing, with `recursive` in all the mounts below too.
 * EINVAL: the path is not the root of a mount, or for a map one of many reasons (`whyIdmapRefused` finds which);
 * EPERM: CAP_SYS_ADMIN is missing, or an attribute is locked by a more privileged mount namespace.
 */
export function setMountAttributes(
  caller: Caller,
  place: MountPlace,
  change: MountChange,
  options: { readonly recursive?: boolean } = {},
): void {
  const byPath = typeof place === 'string'
  const at = byPath ? AT_FDCWD : place
  const flags = (byPath ? 0 : AT_EMPTY_PATH) | (options.recursive ? AT_RECURSIVE : 0)
  const attributes = encodeMountAttributes(change)
  call(caller, 'mount_setattr', [at, byPath ? place : '', flags, attributes, MOUNT_ATTR_BYTES], () => [
    typeof place === 'string' ? place : `fd ${place}`,
    describeChange(change, options.recursive),
  ])
}

/** The change as struct mount_attr. `replace` asks for the map to be changed if there is one, as only open_tree_attr(2) can. */
export function encodeMountAttributes(change: MountChange, options: { readonly replace?: boolean } = {}): Uint8Array {
  const { accessTime, propagation, idmap } = change
  let set = attributeBits(change)
  let clear = bitsWith(change, false)
  // mount_setattr(2): access time is one value of several bits, so all of them are cleared first.
  if (accessTime !== undefined) clear |= MOUNT_ATTR_ATIME
  if (idmap !== undefined) set |= MOUNT_ATTR_IDMAP
  if (options.replace) clear |= MOUNT_ATTR_IDMAP
  // Every bit there is fits into the lower half of its word, and a number is ten times as quick as a BigInt. (A typed
  // array whose `buffer` is asked for would take 0.3 µs alone.)
  const words = Buffer.alloc(MOUNT_ATTR_BYTES)
  words.writeUInt32LE(set, MountAttrLayout.set)
  words.writeUInt32LE(clear, MountAttrLayout.clear)
  words.writeUInt32LE(propagation === undefined ? 0 : propagations[propagation], MountAttrLayout.propagation)
  words.writeUInt32LE((idmap ?? 0) >>> 0, MountAttrLayout.userNamespace)
  return words
}

/** The MOUNT_ATTR_… bits of all that is to be set, as fsmount(2) takes them. */
export function attributeBits(attributes: MountAttributes): number {
  return bitsWith(attributes, true) | accessTimes[attributes.accessTime ?? 'relatime']
}

/** In the kernel's words, for messages: `MOUNT_ATTR_IDMAP|readOnly|-nodev|AT_RECURSIVE`. */
export function describeChange(change: MountChange, recursive = false): string {
  const { accessTime, propagation, idmap } = change
  const flags = names.flatMap(name => (change[name] === undefined ? [] : [change[name] ? name : `-${name}`]))
  const words = [idmap === undefined ? undefined : 'MOUNT_ATTR_IDMAP', ...flags, accessTime, propagation]
  return [...words, recursive ? 'AT_RECURSIVE' : undefined].filter(word => word !== undefined).join('|')
}

const names = Object.keys(MountAttr) as readonly (keyof typeof MountAttr)[]

function bitsWith(change: MountChange, value: boolean): number {
  const { readOnly, nosuid, nodev, noexec, nodiratime, nosymfollow } = change
  return (
    (readOnly === value ? MountAttr.readOnly : 0) |
    (nosuid === value ? MountAttr.nosuid : 0) |
    (nodev === value ? MountAttr.nodev : 0) |
    (noexec === value ? MountAttr.noexec : 0) |
    (nodiratime === value ? MountAttr.nodiratime : 0) |
    (nosymfollow === value ? MountAttr.nosymfollow : 0)
  )
}

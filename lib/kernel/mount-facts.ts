import os from 'node:os'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Caller } from './caller.ts'
import { SyscallError } from './errno.ts'
import { type MountinfoEntry, readMountinfo } from './mountinfo.ts'
import { listmount, statmount, statmountMap } from './statmount.ts'
import { whyMapsMustNotBeAsked } from './statmount-hazard.ts'
import { StatmountMask } from './statmount-layout.ts'
import { type LocatedStatus, locatedStatusOf, type Place } from './statx.ts'

/**
 * What a mount does to ids. `known`: as far as the asker's user namespace has the host ids; the kernel leaves other extents out.
 * `hidden`: it is idmapped, and the kernel does not tell the map.
 */
export type MountMap =
  | { readonly state: 'none' }
  | { readonly state: 'known'; readonly map: IdMapPair<'disk', 'host'> }
  | { readonly state: 'hidden'; readonly why: string }
  | { readonly state: 'unknown'; readonly why: string }

/** A mount, and what is known of what it does to ids. */
export type MountFacts = {
  /** The file system's name, e.g. `ext4`. */
  readonly type: string
  readonly source: string
  /** The superblock's `major:minor`, as mountinfo has it. */
  readonly device: string
  /** What of the file system is mounted. */
  readonly root: string
  /** Seen from the root directory of whose mount it is. */
  readonly mountPoint: string
  readonly map: MountMap
  /** Who told: statmount(2), or mountinfo, which says only whether there is a map. */
  readonly from: 'statmount' | 'mountinfo'
}

/**
 * The mount a place is on, of the caller's own mount namespace: by statmount(2) where there is one (Linux 6.8, its map since
 * 6.15), else by mountinfo, which knows only whether it is idmapped. `undefined` for a detached mount, which neither has.
 */
export function describeMount(caller: Caller, place: Place): MountFacts | undefined {
  const status = locatedStatusOf(caller, place)
  return mountOf(status, { tables: caller, pid: 'self', asker: caller })
}

/** Every mount of the caller's mount namespace below its root directory, told like {@link describeMount}. */
export function listMounts(caller: Caller): readonly MountFacts[] {
  const entries = readMountinfo(caller, 'self')
  const asked = allAsked(caller)
  return entries.map(entry => together(entry, asked.get(entry.mountId)) ?? fromMountinfo(entry))
}

/** Who is asked about a mount. */
export type MountWitnesses = {
  /** Reads mount tables. */
  readonly tables: Caller
  /** Whose mount table has it. */
  readonly pid: number | 'self'
  /** Somebody in the mount's namespace, to ask statmount(2); `undefined`: nobody may be there. */
  readonly asker: Caller | undefined
}

/** The mount through which the file of `status` was found; `undefined` when neither statmount nor the process's mountinfo has it. */
export function mountOf(status: LocatedStatus, { tables, pid, asker }: MountWitnesses): MountFacts | undefined {
  const entry = readMountinfo(tables, pid).find(({ mountId }) => mountId === status.mountId)
  const asked = asker && status.uniqueMountId !== undefined ? askKernel(asker, status.uniqueMountId) : undefined
  return together(entry, asked)
}

// statmount(2) gives paths as its caller sees them, and the source only since 6.13.
function together(entry: MountinfoEntry | undefined, asked: MountFacts | undefined): MountFacts | undefined {
  if (entry === undefined) return asked
  if (asked === undefined) return fromMountinfo(entry)
  return { ...asked, source: entry.source, mountPoint: entry.mountPoint }
}

function allAsked(caller: Caller): ReadonlyMap<number, MountFacts> {
  const found = new Map<number, MountFacts>()
  for (const id of listed(caller)) {
    const old = refusedNothing(() => statmount(caller, id, StatmountMask.mount).oldId)
    const facts = old === undefined ? undefined : askKernel(caller, id)
    if (old !== undefined && facts !== undefined) found.set(old, facts)
  }
  return found
}

function listed(caller: Caller): readonly bigint[] {
  return refusedNothing(() => [...listmount(caller), locatedStatusOf(caller, '/').uniqueMountId ?? 0n]) ?? []
}

function fromMountinfo({ type, source, device, root, mountPoint, idmapped }: MountinfoEntry): MountFacts {
  const why = 'mountinfo says that the mount is idmapped, but not how; statmount(2) tells since Linux 6.15'
  const map: MountMap = idmapped ? { state: 'hidden', why } : { state: 'none' }
  return { type, source, device, root, mountPoint, map, from: 'mountinfo' }
}

function askKernel(caller: Caller, id: bigint): MountFacts | undefined {
  const { superblock, mount, root, mountPoint, type, source, supported } = StatmountMask
  return refusedNothing(() => {
    const said = statmount(caller, id, superblock | mount | root | mountPoint | type | source | supported)
    return {
      type: said.type ?? '',
      source: said.source ?? '',
      device: said.device ?? '',
      root: said.root ?? '',
      mountPoint: said.mountPoint ?? '',
      map: said.idmapped ? askForMap(caller, id, said.supported ?? 0n) : { state: 'none' },
      from: 'statmount',
    }
  })
}

// ENOSYS: older than 6.8. ENOENT, EPERM: not below this caller's root, not in its namespace, or gone meanwhile.
function refusedNothing<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof SyscallError && ['ENOSYS', 'ENOENT', 'EPERM'].includes(error.code)) return undefined
    throw error
  }
}

function askForMap(caller: Caller, id: bigint, supported: bigint): MountMap {
  const why = whyMapsMustNotBeAsked(os.release(), supported)
  if (why !== undefined) return { state: 'hidden', why }
  const uid = statmountMap(caller, id, 'uid')
  const gid = statmountMap(caller, id, 'gid')
  if (uid === undefined || gid === undefined)
    return { state: 'hidden', why: 'statmount(2) did not give the mount’s map' }
  return { state: 'known', map: { uid, gid } }
}

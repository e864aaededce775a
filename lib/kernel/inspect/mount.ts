import os from 'node:os'
import type { IdMapPair } from '../../idmap/pair.ts'
import { type Caller, here } from '../caller.ts'
import { SyscallError } from '../errno.ts'
import { type MountinfoEntry, readMountinfo } from '../mountinfo.ts'
import { statmount, statmountMap } from '../statmount.ts'
import { whyMapsMustNotBeAsked } from '../statmount-hazard.ts'
import { StatmountMask } from '../statmount-layout.ts'
import type { LocatedStatus } from '../statx.ts'

/** What a mount does to ids. `hidden`: it is idmapped, and the kernel does not tell the map. */
export type MountMap =
  | { readonly state: 'none' }
  | { readonly state: 'known'; readonly map: IdMapPair<'disk', 'host'> }
  | { readonly state: 'hidden'; readonly why: string }
  | { readonly state: 'unknown'; readonly why: string }

/** The mount a file was found through. */
export type MountFacts = {
  /** The file system's name, e.g. `ext4`. */
  readonly type: string
  readonly source: string
  /** The superblock's `major:minor`, as mountinfo has it. */
  readonly device: string
  /** What of the file system is mounted. */
  readonly root: string
  /** Seen from the process's root directory. */
  readonly mountPoint: string
  readonly map: MountMap
  /** Who told: statmount(2), or mountinfo, which says only whether there is a map. */
  readonly from: 'statmount' | 'mountinfo'
}

/** The mount through which the file of `status` was found; `undefined` when neither statmount nor the process's mountinfo has it. */
export function mountOf(
  status: LocatedStatus,
  pid: number | 'self',
  lookout: Caller | undefined,
): MountFacts | undefined {
  const entry = readMountinfo(here(), pid).find(({ mountId }) => mountId === status.mountId)
  const asked = lookout && status.uniqueMountId !== undefined ? askKernel(lookout, status.uniqueMountId) : undefined
  if (entry === undefined) return asked
  if (asked === undefined) return fromMountinfo(entry)
  return { ...asked, source: entry.source, mountPoint: entry.mountPoint }
}

function fromMountinfo({ type, source, device, root, mountPoint, idmapped }: MountinfoEntry): MountFacts {
  const why = 'mountinfo says that the mount is idmapped, but not how; statmount(2) tells since Linux 6.15'
  const map: MountMap = idmapped ? { state: 'hidden', why } : { state: 'none' }
  return { type, source, device, root, mountPoint, map, from: 'mountinfo' }
}

function askKernel(caller: Caller, id: bigint): MountFacts | undefined {
  const { superblock, mount, root, mountPoint, type, source, supported } = StatmountMask
  try {
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
  } catch (error) {
    // ENOSYS: older than 6.8. ENOENT, EPERM: not below this caller's root, or not in its namespace.
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

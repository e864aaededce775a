import { type Caller, call, here } from '../caller.ts'
import { fileHandleOf, openByHandle } from '../file-handle.ts'
import { closeFd } from '../mount.ts'
import type { MountFacts } from '../mount-facts.ts'
import { type MountinfoEntry, readMountinfo } from '../mountinfo.ts'
import { locatedStatusOf } from '../statx.ts'
import { unlessRefused } from '../unless-refused.ts'
import { bringHome, type Lookout } from './vantage.ts'

const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const OPEN_TREE_CLONE = 1
const O_CLOEXEC = 0o2000000
const O_PATH = 0o10000000
const O_DIRECTORY = 0o200000
const MOUNT_ATTR_IDMAP = 0x100000n
const MOUNT_ATTR_BYTES = 32

/** The same file without the mount's map, as a descriptor of this process: the ids of the file system itself. */
export type RawView = { readonly fd: number; readonly how: string } | { readonly fd: undefined; readonly why: string }

/**
 * Looks past the map of an idmapped mount, and changes nothing: by a detached copy of the mount without its map
 * (open_tree_attr(2), Linux 6.15), else by the file's handle through another mount of the same file system that has none.
 */
export function rawView(lookout: Lookout, mount: MountFacts, pid: number | 'self'): RawView {
  const copy = withoutMap(lookout)
  if (copy !== undefined) return { fd: copy, how: 'a detached copy of the mount without its map' }
  const others = [
    ...plainMountsOf(mount.device, 'self').map(entry => ({ entry, eyes: here() })),
    ...(lookout.caller === here()
      ? []
      : plainMountsOf(mount.device, pid).map(entry => ({ entry, eyes: lookout.caller }))),
  ]
  for (const { entry, eyes } of others) {
    const fd = throughMount(lookout, eyes, entry)
    if (fd !== undefined) return { fd, how: `the mount of the same file system at ${entry.mountPoint}` }
  }
  const found =
    others.length === 0
      ? 'no mount of the same file system without a map is in sight'
      : `none of the ${others.length} mounts of the same file system without a map gave the file by its handle`
  return {
    fd: undefined,
    why: `this kernel takes no map from a copy of a mount (open_tree_attr(2), Linux 6.15, CAP_SYS_ADMIN), and ${found}`,
  }
}

function withoutMap({ caller, file }: Lookout): number | undefined {
  const attributes = Buffer.alloc(MOUNT_ATTR_BYTES)
  attributes.writeBigUInt64LE(MOUNT_ATTR_IDMAP, 8)
  const flags = AT_EMPTY_PATH | OPEN_TREE_CLONE | O_CLOEXEC
  const fd = unlessRefused(() => call(caller, 'open_tree_attr', [file.fd, '', flags, attributes, MOUNT_ATTR_BYTES]))
  return fd === undefined ? undefined : takeHome(caller, fd)
}

function plainMountsOf(device: string, pid: number | 'self'): readonly MountinfoEntry[] {
  return readMountinfo(here(), pid).filter(entry => entry.device === device && !entry.idmapped)
}

// `eyes` sees the mount; the handle is the same whoever asks for it.
function throughMount(lookout: Lookout, eyes: Caller, entry: MountinfoEntry): number | undefined {
  const handle = unlessRefused(() => fileHandleOf(lookout.caller, lookout.file))
  const mountFd = unlessRefused(() => call(eyes, 'openat', [AT_FDCWD, entry.mountPoint, O_DIRECTORY | O_CLOEXEC, 0]))
  if (handle === undefined || mountFd === undefined) return undefined
  try {
    // Another mount may have been put over it.
    if (locatedStatusOf(eyes, { fd: mountFd }).mountId !== entry.mountId) return undefined
    const fd = unlessRefused(() => openByHandle(eyes, mountFd, handle, O_PATH | O_CLOEXEC))
    return fd === undefined ? undefined : takeHome(eyes, fd)
  } finally {
    closeFd(eyes, mountFd)
  }
}

function takeHome(caller: Caller, fd: number): number {
  const home = bringHome(caller, fd)
  if (home !== fd) closeFd(caller, fd)
  return home
}

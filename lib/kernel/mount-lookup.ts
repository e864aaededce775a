import { type Caller, call } from './caller.ts'
import { closeFd } from './mount.ts'
import { type MountinfoEntry, readMountinfo } from './mountinfo.ts'
import { locatedStatusOf } from './statx.ts'

const AT_FDCWD = -100
const O_PATH_CLOEXEC = 0o12000000

/** The mount a path lies on, symbolic links followed; `undefined` when the caller’s mount namespace does not show it. ENOENT and the like as openat(2) has them. */
export function mountAt(caller: Caller, path: string): MountinfoEntry | undefined {
  const fd = call(caller, 'openat', [AT_FDCWD, path, O_PATH_CLOEXEC, 0], [path, 'O_PATH'])
  try {
    return mountOfDescriptor(caller, fd)
  } finally {
    closeFd(caller, fd)
  }
}

/** The mount a descriptor was opened through; `undefined` for a detached one. Needs Linux 5.8 (STATX_MNT_ID). */
export function mountOfDescriptor(caller: Caller, fd: number): MountinfoEntry | undefined {
  return mountById(caller, locatedStatusOf(caller, { fd }).mountId)
}

/** The mount with this number in the caller's mount namespace. */
export function mountById(caller: Caller, mountId: number | undefined): MountinfoEntry | undefined {
  return readMountinfo(caller, 'self').find(entry => entry.mountId === mountId)
}

/** The mount at `path` and those below it, outermost first: what AT_RECURSIVE reaches. */
export function mountTree(caller: Caller, path: string): readonly MountinfoEntry[] {
  const top = mountAt(caller, path)
  return top === undefined ? [] : treeIn(readMountinfo(caller, 'self'), top.mountId)
}

/** Of some mounts the one with this number and those below it, outermost first. */
export function treeIn(mounts: readonly MountinfoEntry[], mountId: number): readonly MountinfoEntry[] {
  const tree = mounts.filter(mount => mount.mountId === mountId)
  for (const parent of tree) tree.push(...mounts.filter(({ parentId }) => parentId === parent.mountId))
  return tree
}

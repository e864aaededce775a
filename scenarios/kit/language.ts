// Everything a story is written with.
import { pairOf } from '../../lib/idmap/pair.ts'
import { lxc } from '../../lib/syntax/lxc.ts'
import { parseContainerMap, parseExceptions, parseMountMap } from '../../lib/syntax/registry.ts'
import type { DirectoryEntry, Ext4Disk, FileEntry, SymlinkEntry, Tree, VfatDisk } from '../../vm/image/tree.ts'

export { fsidMap } from '../../lib/idmap/fsid.ts'
export { mountMap, resolveMountMap } from '../../lib/idmap/resolve.ts'
export { KNOWN_BUGS } from '../../lib/model/known-bugs.ts'
export { imageMountMap } from '../../lib/ranges/lease.ts'
export { scenario } from './scenario.ts'

/** A container's map as its LXC configuration has it: `u 0 100000 65536`, container id first, host id second. */
export const lxcIdmap = (text: string) => parseContainerMap('lxc', text)

/** A container's map from a configuration for LXC before 2.1 (`lxc.id_map`), in today's spelling. */
export const inTodaysSpelling = (text: string) => lxc.roles.container.format(parseContainerMap('lxc-legacy', text))

/** A mount point's exceptions as Proxmox has them: `u:1005:1005:1`, container id first, disk id second. */
export const proxmoxIdmap = (text: string) => parseExceptions('proxmox', text)

/** The map of an idmapped mount as mount-idmapped takes it: `b:60000:1000:1`, disk id first, host id second. */
export const mountIdmap = (text: string) => parseMountMap('mount-idmapped', text)

/** The disk's side of a shifted image: container root is `root` there, and the 65536 ids after it follow. */
export const shiftedTo = (root: { readonly uid: number; readonly gid: number }) =>
  pairOf<'container', 'disk'>({
    uid: [{ from: 0, to: root.uid, count: 65_536 }],
    gid: [{ from: 0, to: root.gid, count: 65_536 }],
  })

type Owner = { readonly uid?: number; readonly gid?: number }

/** An ext4 image with this on it; the size is in MiB. */
export function ext4(tree: Tree, options: { sizeMiB?: number } = {}): Ext4Disk {
  return { fs: 'ext4', sizeMiB: options.sizeMiB ?? 16, tree }
}

/** A vfat image; it stores no owners, `uid` and `gid` are the options it will be mounted with. */
export function vfat(tree: Tree, owner: { uid: number; gid: number; sizeMiB?: number }): VfatDisk {
  return { fs: 'vfat', sizeMiB: owner.sizeMiB ?? 16, tree, uid: owner.uid, gid: owner.gid }
}

/** A file; owned by 0:0, mode 0644 unless said. The gid is the uid unless said. */
export function file(contents = '', options: Owner & { mode?: number } = {}): FileEntry {
  return { kind: 'file', contents, mode: options.mode ?? 0o644, ...owner(options) }
}

/** A directory; owned by 0:0, mode 0755 unless said. */
export function directory(options: Owner & { mode?: number } = {}): DirectoryEntry {
  return { kind: 'directory', mode: options.mode ?? 0o755, ...owner(options) }
}

/**
 * A symbolic link to `target`.
 * @public
 */
export function symlink(target: string, options: Owner = {}): SymlinkEntry {
  return { kind: 'symlink', target, ...owner(options) }
}

function owner({ uid = 0, gid = uid }: Owner): { uid: number; gid: number } {
  return { uid, gid }
}

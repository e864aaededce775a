/** What a disk holds before the story begins, by path from its root: `shared/of-1005`. Parents come before children. */
export type Tree = Readonly<Record<string, Entry>>

export type Entry = FileEntry | DirectoryEntry | SymlinkEntry
type Owned = { readonly uid: number; readonly gid: number }
export type FileEntry = Owned & { readonly kind: 'file'; readonly contents: string; readonly mode: number }
export type DirectoryEntry = Owned & { readonly kind: 'directory'; readonly mode: number }
export type SymlinkEntry = Owned & { readonly kind: 'symlink'; readonly target: string }

/** A disk to be made: a file system, its size and what is on it. */
export type Disk = Ext4Disk | VfatDisk
export type Ext4Disk = { readonly fs: 'ext4'; readonly sizeMiB: number; readonly tree: Tree }
/** vfat keeps no owner: the tree's are ignored, the mount's `uid=` and `gid=` stand for them. */
export type VfatDisk = {
  readonly fs: 'vfat'
  readonly sizeMiB: number
  readonly tree: Tree
  readonly uid: number
  readonly gid: number
}

import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

/** `y` built in (or simply on), `m` a module, `-` off or unknown to this kernel. */
export type Setting = 'y' | 'm' | '-'

/** A kernel's configuration, asked by the option's name without `CONFIG_`. */
export type Configuration = (option: string) => Setting

/** The options that decide what can be seen of id mappings on a kernel: the guest's own needs, file systems, and what finds bugs. */
export const OPTIONS: readonly string[] = [
  ...['USER_NS', 'EXT4_FS', 'EXT4_FS_POSIX_ACL', 'VFAT_FS', 'OVERLAY_FS', 'TMPFS', 'TMPFS_XATTR', 'TMPFS_POSIX_ACL'],
  ...['XFS_FS', 'BTRFS_FS', 'F2FS_FS', 'EXFAT_FS', 'NTFS3_FS', 'SQUASHFS', 'EROFS_FS', 'FUSE_FS', 'VIRTIO_FS', '9P_FS'],
  ...['NFSD', 'CEPH_FS', 'HUGETLBFS', 'QUOTA', 'FS_VERITY', 'SECURITY_APPARMOR', 'SECURITY_SELINUX'],
  ...['VIRTIO_PCI', 'VIRTIO_BLK', 'VIRTIO_CONSOLE', 'BLK_DEV_NVME', 'BLK_DEV_LOOP'],
  ...['KASAN', 'UBSAN', 'KCSAN', 'LOCKDEP', 'PROVE_LOCKING', 'DEBUG_ATOMIC_SLEEP', 'DEBUG_INFO_BTF'],
]

/** Larger than any: a configuration has about 300 kB. */
const MOST_BYTES = 4e6

/** Reads a `.config`, `/boot/config-*` or `/proc/config.gz`; `undefined` if there is none, or the file is none. */
export async function readConfiguration(path: string | undefined): Promise<Configuration | undefined> {
  if (path === undefined) return undefined
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile() || found.size > MOST_BYTES) return undefined
  const bytes = await readFile(path)
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b
  const text = zipped ? await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES }).catch(() => '') : bytes
  return parseConfiguration(text.toString('latin1'))
}

/** Reads the text of a configuration: `CONFIG_X=y`, `=m`, `="text"`; `undefined` if it sets nothing. */
export function parseConfiguration(text: string): Configuration | undefined {
  const settings = new Map<string, Setting>()
  for (const [, option = '', value = ''] of text.matchAll(/^CONFIG_(\w+)=(.*)$/gm))
    settings.set(option, value === 'm' ? 'm' : value === 'n' ? '-' : 'y')
  return settings.size === 0 ? undefined : option => settings.get(option) ?? '-'
}

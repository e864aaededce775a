import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskBus } from '../qemu/argv.ts'
import { unusable } from './bzimage.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { moduleClosure } from './modules.ts'
import type { Kernel } from './source.ts'

/** Drivers that may be modules, by the module's name, and the option that decides. */
const OPTION_OF = {
  virtio_pci: 'VIRTIO_PCI',
  virtio_blk: 'VIRTIO_BLK',
  nvme: 'BLK_DEV_NVME',
  virtio_console: 'VIRTIO_CONSOLE',
  ext4: 'EXT4_FS',
  vfat: 'VFAT_FS',
  overlay: 'OVERLAY_FS',
  xfs: 'XFS_FS',
  btrfs: 'BTRFS_FS',
  f2fs: 'F2FS_FS',
  exfat: 'EXFAT_FS',
  squashfs: 'SQUASHFS',
  erofs: 'EROFS_FS',
  fuse: 'FUSE_FS',
} as const

/** What is known of how a kernel was built. */
type Buildable = Pick<Kernel, 'modules' | 'config' | 'package'>

type Driver = keyof typeof OPTION_OF

/**
 * Those of the file systems that this kernel certainly does not have: neither built in nor as a module that came with it. What
 * neither modules nor a configuration tell, and what can't be a module, is left for the guest to find out.
 */
export async function absentFilesystems(kernel: Buildable, types: readonly string[]): Promise<string[]> {
  return absent(kernel, types.filter(isDriver), await readConfiguration(kernel.config))
}

/** Whether the kernel's configuration has an option; `undefined` if it is not known. */
export async function hasOption(kernel: Buildable, option: string): Promise<boolean | undefined> {
  const configuration = await readConfiguration(kernel.config)
  return configuration === undefined ? undefined : configuration(option) !== '-'
}

/** What the disks of a guest with this kernel hang on: NVMe only where virtio_blk is certainly missing, since QEMU can't freeze an NVMe disk. */
export async function diskBusOf(kernel: Buildable): Promise<DiskBus> {
  const missing = await absent(kernel, Object.values(DISK_DRIVERS), await readConfiguration(kernel.config))
  return missing.includes(DISK_DRIVERS.virtio) && !missing.includes(DISK_DRIVERS.nvme) ? 'nvme' : 'virtio'
}

const DISK_DRIVERS: Readonly<Record<DiskBus, Driver>> = { virtio: 'virtio_blk', nvme: 'nvme' }

/** The guest's root is a disk with ext4's driver, and its agent talks through a virtio port. */
const GUEST_DRIVERS: readonly Driver[] = ['virtio_pci', 'virtio_console', 'ext4']

/** Without these there is no initramfs, no init that is a script, no place for it, no console, no Node. */
const GUEST_OPTIONS: readonly string[] = [
  ...['BLK_DEV_INITRD', 'BINFMT_ELF', 'BINFMT_SCRIPT', 'DEVTMPFS', 'TMPFS', 'PROC_FS', 'SYSFS'],
  ...['SERIAL_8250_CONSOLE', 'FUTEX', 'EPOLL', 'EVENTFD', 'UNIX'],
]

/** Rejects with KERNEL_UNUSABLE, before anything is booted, when it is known that the guest could not come up on this kernel. */
export async function requireGuestDrivers(kernel: Kernel): Promise<void> {
  const configuration = await readConfiguration(kernel.config)
  const drivers = await absent(kernel, GUEST_DRIVERS, configuration)
  const disks = await absent(kernel, Object.values(DISK_DRIVERS), configuration)
  const options = configuration === undefined ? [] : GUEST_OPTIONS.filter(option => configuration(option) === '-')
  const missing = [
    ...drivers.map(driver => whyAbsent(driver, configuration)),
    ...(disks.length === 2 ? [disks.map(driver => whyAbsent(driver, configuration)).join(' or ')] : []),
    ...options.map(name => `CONFIG_${name}`),
  ]
  if (missing.length > 0) throw cannotBeGuest(kernel, `it has no ${missing.join(', ')}`)
}

function whyAbsent(driver: string, configuration: Configuration | undefined): string {
  const isModule = isDriver(driver) && configuration?.(OPTION_OF[driver]) === 'm'
  return isModule ? `${driver} (a module, which did not come with it)` : `${driver} (neither built in nor as a module)`
}

function cannotBeGuest({ version, note }: Kernel, why: string): Error {
  return unusable(`Linux ${version} cannot come up as a guest: ${why}.${note === undefined ? '' : ` ${note}`}`)
}

/** What every cloud kernel of Debian's has as modules (looked at from 5.10 to 7.3), so that it is gone where they are. */
const DEBIANS_MODULES: readonly Driver[] = [
  ...(['virtio_blk', 'vfat', 'overlay', 'xfs', 'btrfs', 'f2fs', 'exfat', 'squashfs', 'erofs'] as const),
]

async function absent(
  { modules, package: ofDebian }: Buildable,
  drivers: readonly Driver[],
  configuration: Configuration | undefined,
): Promise<string[]> {
  const builtIn = modules === undefined ? '' : await readText(join(modules, 'modules.builtin'))
  // Without the list of what is built in, as in a directory with nothing but modules, only the configuration can tell.
  if (modules !== undefined && builtIn !== '')
    return [...moduleClosure(await readText(join(modules, 'modules.dep')), builtIn, drivers).missing]
  if (configuration === undefined)
    return ofDebian === undefined || modules !== undefined ? [] : drivers.filter(name => DEBIANS_MODULES.includes(name))
  const { missing } = moduleClosure(
    modules === undefined ? '' : await readText(join(modules, 'modules.dep')),
    '',
    drivers,
  )
  return missing.filter(driver => isDriver(driver) && configuration(OPTION_OF[driver]) !== 'y')
}

function isDriver(name: string): name is Driver {
  return Object.hasOwn(OPTION_OF, name)
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

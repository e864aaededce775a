import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { absentFilesystems, diskBusOf, hasOption, requireGuestDrivers } from '../../../vm/kernel/drivers.ts'
import type { Kernel } from '../../../vm/kernel/source.ts'
import { scratchDirectory } from '../cache/scratch.ts'

type Parts = { readonly dep?: string; readonly builtIn?: string; readonly config?: string } & Partial<Kernel>

async function kernel({ dep, builtIn, config, ...more }: Parts): Promise<Kernel> {
  const dir = await scratchDirectory()
  const modules = join(dir, 'modules')
  await mkdir(modules)
  if (dep !== undefined) await writeFile(join(modules, 'modules.dep'), dep)
  if (builtIn !== undefined) await writeFile(join(modules, 'modules.builtin'), builtIn)
  if (config !== undefined) await writeFile(join(dir, 'config'), config)
  return {
    name: 'k',
    version: '6.12.1',
    image: '/none',
    id: 'k',
    ...(dep === undefined && builtIn === undefined ? {} : { modules }),
    ...(config === undefined ? {} : { config: join(dir, 'config') }),
    ...more,
  }
}

/** Everything the guest needs that can't be a module. */
const OPTIONS = [
  ...['BLK_DEV_INITRD', 'BINFMT_ELF', 'BINFMT_SCRIPT', 'DEVTMPFS', 'TMPFS', 'PROC_FS', 'SYSFS'],
  ...['SERIAL_8250_CONSOLE', 'FUTEX', 'EPOLL', 'EVENTFD', 'UNIX'],
]
const set = (...lines: readonly string[]) =>
  [...OPTIONS.map(option => `${option}=y`), ...lines].map(line => `CONFIG_${line}\n`).join('')
const BUILT_IN = set('VIRTIO_PCI=y', 'VIRTIO_BLK=y', 'VIRTIO_CONSOLE=y', 'EXT4_FS=y')

describe('the file systems a kernel certainly lacks', () => {
  const asked = ['ext4', 'vfat', 'overlay', 'tmpfs', 'something-new']

  test('are neither among its modules nor built in', async () => {
    const parts = { dep: 'kernel/fs/fat/vfat.ko.xz: kernel/fs/fat/fat.ko.xz\n', builtIn: 'kernel/fs/ext4/ext4.ko\n' }
    expect(await absentFilesystems(await kernel(parts), asked)).toEqual(['overlay'])
  })

  test('are by the configuration off, or modules that did not come with it', async () => {
    const config = 'CONFIG_EXT4_FS=y\nCONFIG_VFAT_FS=m\n'
    expect(await absentFilesystems(await kernel({ config }), asked)).toEqual(['vfat', 'overlay'])
    expect(await absentFilesystems(await kernel({ config, dep: 'fs/vfat.ko:\n' }), asked)).toEqual(['overlay'])
  })

  test('are, of one of Debian’s whose modules are gone, those that Debian builds as modules', async () => {
    const lost = await kernel({ package: 'linux-binary-7.1 7.1.13-1' })
    expect(await absentFilesystems(lost, asked)).toEqual(['vfat', 'overlay'])
  })

  test('are none when nothing is known of it', async () => {
    expect(await absentFilesystems(await kernel({}), asked)).toEqual([])
    expect(await absentFilesystems(await kernel({ dep: 'fs/vfat.ko:\n' }), asked)).toEqual([])
  })
})

test('an option is on, off or not known', async () => {
  const configured = await kernel({ config: 'CONFIG_USER_NS=y\n' })
  expect(await hasOption(configured, 'USER_NS')).toBe(true)
  expect(await hasOption(configured, 'KASAN')).toBe(false)
  expect(await hasOption(await kernel({}), 'USER_NS')).toBeUndefined()
})

test.each([
  ['virtio where the driver is there', { config: BUILT_IN }, 'virtio'],
  ['virtio where nothing is known', {}, 'virtio'],
  ['NVMe where virtio_blk is a module that did not come', { config: set('VIRTIO_BLK=m', 'BLK_DEV_NVME=y') }, 'nvme'],
  ['NVMe where it is one of Debian’s whose modules are gone', { package: 'linux-binary-7.1 7.1.13-1' }, 'nvme'],
  ['virtio where there is neither, and the refusal names both', { config: set() }, 'virtio'],
] as const)('disks hang on %s', async (_where, parts, bus) => {
  expect(await diskBusOf(await kernel(parts))).toBe(bus)
})

describe('a kernel that could not come up as a guest is refused before it boots', () => {
  const refusal = (sentence: RegExp) =>
    expect.objectContaining({ code: 'KERNEL_UNUSABLE', message: expect.stringMatching(sentence) })

  test('when a driver of the guest is off, and all that are missing are named', async () => {
    const config = set('VIRTIO_PCI=y', 'EXT4_FS=y')
    await expect(requireGuestDrivers(await kernel({ config }))).rejects.toEqual(
      refusal(
        /^Linux 6\.12\.1 cannot come up as a guest: it has no virtio_console \(neither .*\), virtio_blk \(neither .*\) or nvme \(neither [^()]*\)\.$/,
      ),
    )
  })

  test('when a driver is a module that did not come with it', async () => {
    const config = BUILT_IN.replace('VIRTIO_BLK=y', 'VIRTIO_BLK=m')
    await expect(requireGuestDrivers(await kernel({ config }))).rejects.toEqual(
      refusal(
        /it has no virtio_blk \(a module, which did not come with it\) or nvme \(neither built in nor as a module\)\.$/,
      ),
    )
    await expect(requireGuestDrivers(await kernel({ config, dep: 'd/virtio_blk.ko:\n' }))).resolves.toBeUndefined()
  })

  test('when it has no initramfs or no scripts', async () => {
    const config = BUILT_IN.replace('CONFIG_BLK_DEV_INITRD=y\n', '')
    await expect(requireGuestDrivers(await kernel({ config }))).rejects.toEqual(
      refusal(/it has no CONFIG_BLK_DEV_INITRD\.$/),
    )
  })

  test('and what is known of how it was chosen is told', async () => {
    const lost = await kernel({ config: set(), note: 'The archive has lost its modules.' })
    await expect(requireGuestDrivers(lost)).rejects.toEqual(refusal(/\. The archive has lost its modules\.$/))
  })

  test('but not when all is there, or nothing is known', async () => {
    const modules = ['virtio_pci', 'virtio_blk', 'virtio_console'].map(name => `d/${name}.ko.zst:\n`).join('')
    await requireGuestDrivers(await kernel({ config: BUILT_IN }))
    await requireGuestDrivers(await kernel({ dep: modules, builtIn: 'fs/ext4.ko\n' }))
    await requireGuestDrivers(await kernel({}))
    await requireGuestDrivers(await kernel({ package: 'linux-binary-7.1 7.1.13-1' }))
  })
})

import { SyscallError } from '../../lib/kernel/errno.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import { absentFilesystems, hasOption } from '../../vm/kernel/drivers.ts'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import type { CaseDisk } from './places.ts'
import type { Need, Scenario } from './story.ts'

/** A file system or feature the story needs and the kernel, by its modules and its configuration, certainly lacks: known without a guest. */
export async function knownToBeMissing(story: Scenario, kernel: Kernel | HostKernel): Promise<string | undefined> {
  const [type] = await absentFilesystems(kernel, filesystemsOf(story))
  const note = kernel.note === undefined ? '' : `; ${kernel.note}`
  if (type !== undefined) return `this kernel has no ${type} (neither built in nor as a module)${note}`
  if ((await hasOption(kernel, 'USER_NS')) === false)
    return 'this kernel has no user namespaces (CONFIG_USER_NS is off)'
  return undefined
}

function filesystemsOf(story: Scenario): string[] {
  const overlay = story.needs.some(need => 'overlayOver' in need) ? ['overlay'] : []
  return [...Object.values(story.disks).map(({ fs }) => fs), ...overlay]
}

/** The first thing the story needs that this kernel does not have, in words; `undefined` when it has everything. */
export async function missingFeature(
  story: Scenario,
  disks: readonly CaseDisk[],
  guest: Guest,
): Promise<string | undefined> {
  const supported = await filesystems(guest)
  for (const type of filesystemsOf(story)) {
    if (!supported.has(type)) return `this kernel has no ${type} (neither built in nor as a module)`
  }
  for (const need of story.needs) {
    const missing = await tryNeed(need, disks, guest)
    if (missing !== undefined) return missing
  }
  return undefined
}

async function tryNeed(need: Need, disks: readonly CaseDisk[], guest: Guest): Promise<string | undefined> {
  if ('counts' in need)
    return guest.accelerator === 'native'
      ? `others use this machine’s own kernel too, so its ${need.counts} can’t be counted; in a guest they can`
      : undefined
  const name = 'overlayOver' in need ? need.overlayOver : need.idmappedMountsOn
  const disk = disks.find(candidate => candidate.name === name)
  if (disk === undefined) throw new TypeError(`the story needs something of a disk ${name}, which it does not have`)
  return 'overlayOver' in need ? tryOverlay(disk, guest) : tryIdmap(disk, guest)
}

async function filesystems(guest: Guest): Promise<Set<string>> {
  const text = Buffer.from(await guest.call('file.read', { actor: 0, path: '/proc/filesystems' }), 'base64').toString()
  return new Set(text.split('\n').map(line => line.split('\t').at(-1) ?? ''))
}

async function tryIdmap(disk: CaseDisk, guest: Guest): Promise<string | undefined> {
  return withProbeMount(disk, guest, async path => {
    const refused = await refusalOf(() => guest.call('mount.tryIdmap', { path }))
    if (refused === undefined) return undefined
    // ENOSYS: no mount_setattr (before 5.12); EINVAL: this file system does not allow it. Any other refusal is a surprise.
    const known = refused.syscall === 'mount_setattr' && ['ENOSYS', 'EINVAL'].includes(refused.code)
    if (!known && !(refused.syscall === 'open_tree' && refused.code === 'ENOSYS')) throw refused
    return `this kernel has no idmapped mounts on ${disk.spec.fs} (${refused.syscall}: ${refused.code})`
  })
}

// Since 5.19 (bc70682a497c); before, overlayfs refuses such a layer with EINVAL.
async function tryOverlay(disk: CaseDisk, guest: Guest): Promise<string | undefined> {
  const [lower, target] = [`/run/probe-${disk.name}-mapped`, `/run/probe-${disk.name}-overlay`]
  return withProbeMount(disk, guest, async source => {
    await guest.call('mount.idmapped', { source, target: lower, map: { uid: [[0, 1, 1]], gid: [[0, 1, 1]] } })
    try {
      const options = `lowerdir=${lower}:/usr`
      const overlay = { source: 'overlay', target, type: 'overlay', options, readOnly: true }
      const refused = await refusalOf(() => guest.call('mount.filesystem', overlay))
      if (refused === undefined) await guest.call('mount.unmount', { target })
      else if (refused.code !== 'EINVAL') throw refused
      return refused && `this kernel has no overlayfs over idmapped layers (${refused.syscall}: ${refused.code})`
    } finally {
      await guest.call('mount.unmount', { target: lower })
    }
  })
}

async function withProbeMount<T>(
  { name, spec }: CaseDisk,
  guest: Guest,
  probe: (path: string) => Promise<T>,
): Promise<T> {
  const target = `/run/probe-${name}`
  const source = await guest.call('disk.device', { serial: name })
  await guest.call('mount.filesystem', { source, target, type: spec.fs, options: '', readOnly: true })
  try {
    return await probe(target)
  } finally {
    await guest.call('mount.unmount', { target })
  }
}

async function refusalOf(act: () => Promise<unknown>): Promise<SyscallError | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (error instanceof SyscallError) return error
    throw error
  }
}

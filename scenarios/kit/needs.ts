import { SyscallError } from '../../lib/kernel/errno.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { CaseDisk } from './places.ts'
import type { Scenario } from './story.ts'

/** The first thing the story needs that this kernel does not have, in words; `undefined` when it has everything. */
export async function missingFeature(
  story: Scenario,
  disks: readonly CaseDisk[],
  guest: Guest,
): Promise<string | undefined> {
  const types = disks.map(({ spec }) => spec.fs)
  const needed = story.needs.flatMap(need => ('filesystem' in need ? [need.filesystem] : []))
  const supported = await filesystems(guest)
  for (const type of [...types, ...needed])
    if (!supported.has(type)) return `this kernel has no ${type} (neither built in nor as a module)`
  for (const need of story.needs) {
    const disk = disks.find(({ name }) => 'idmappedMountsOn' in need && need.idmappedMountsOn === name)
    const missing = disk === undefined ? undefined : await tryIdmap(disk, guest)
    if (missing !== undefined) return missing
  }
  return undefined
}

async function filesystems(guest: Guest): Promise<Set<string>> {
  const text = Buffer.from(await guest.call('file.read', { actor: 0, path: '/proc/filesystems' }), 'base64').toString()
  return new Set(text.split('\n').map(line => line.split('\t').at(-1) ?? ''))
}

async function tryIdmap({ name, spec }: CaseDisk, guest: Guest): Promise<string | undefined> {
  const target = `/run/probe-${name}`
  const source = await guest.call('disk.device', { serial: name })
  await guest.call('mount.filesystem', { source, target, type: spec.fs, options: '', readOnly: true })
  try {
    await guest.call('mount.tryIdmap', { path: target })
    return undefined
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    return `this kernel has no idmapped mounts on ${spec.fs} (${error.syscall}: ${error.code})`
  } finally {
    await guest.call('mount.unmount', { target })
  }
}

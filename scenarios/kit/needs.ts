import { featureEntry, filesystemEntry, type TableEntry } from '../../lib/kernel/probe/against-table.ts'
import { type Answer, no, yes } from '../../lib/kernel/probe/answer.ts'
import { features } from '../../lib/kernel/probe/probe.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { absentFilesystems, hasOption } from '../../vm/kernel/drivers.ts'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import { type NeedFinding, needFinding } from './need-finding.ts'
import type { CaseDisk } from './places.ts'
import { refusalOf } from './refusal.ts'
import type { Need, Scenario } from './story.ts'

/** A file system or feature the story needs and the kernel, by its modules and its configuration, certainly lacks: known without a guest. */
export async function knownToBeMissing(story: Scenario, kernel: Kernel | HostKernel): Promise<string | undefined> {
  const [type] = await absentFilesystems(kernel, filesystemsOf(story))
  const note = kernel.note === undefined ? '' : `; ${kernel.note}`
  if (type !== undefined) return `${noFilesystem(type)}${note}`
  if ((await hasOption(kernel, 'USER_NS')) === false)
    return 'this kernel has no user namespaces (CONFIG_USER_NS is off)'
  return undefined
}

/** What a story is about: its disks' file systems, and those it says it needs; sorted, each once. */
export function filesystemsOf({ disks, needs }: Pick<Scenario, 'disks' | 'needs'>): string[] {
  const needed = needs.flatMap(need => {
    if ('overlayOver' in need) return ['overlay']
    return 'idmappedMountsOf' in need ? [need.idmappedMountsOf] : []
  })
  return [...new Set([...Object.values(disks).map(({ fs }) => fs), ...needed])].sort()
}

/** What came of trying what a story needs: each thing up to the first that is missing, and that one in words. */
export type Needs = { readonly findings: readonly NeedFinding[]; readonly missing?: string }

/** Tries in the guest what the story needs. What cannot be found out is an error: nothing is said about the kernel then. */
export async function tryNeeds(
  story: Pick<Scenario, 'disks' | 'needs' | 'bug'>,
  disks: readonly CaseDisk[],
  guest: Guest,
): Promise<Needs> {
  const alone = guest.accelerator === 'native' ? whyInGuestsOnly(story) : undefined
  if (alone !== undefined) return { findings: [], missing: alone }
  const supported = await filesystems(guest)
  const absent = filesystemsOf(story).find(type => !supported.has(type))
  if (absent !== undefined) return { findings: [], missing: noFilesystem(absent) }
  const findings: NeedFinding[] = []
  for (const need of story.needs) {
    if ('counts' in need) continue
    const { what, entry, answer } = await tryNeed(need, disks, guest)
    if (answer.state === 'unknown')
      throw new HarnessError(
        'NEED_UNKNOWN',
        `The story needs ${what}, and whether this kernel has that cannot be found out in the guest: it takes ${answer.needs}.`,
      )
    const finding = needFinding(what, answer, entry, guest.kernelRelease)
    findings.push(finding)
    if (!finding.found) return { findings, missing: `this kernel has no ${what} (${finding.why})` }
  }
  return { findings }
}

/** What this machine's own kernel is not asked for. */
function whyInGuestsOnly({ needs, bug }: Pick<Scenario, 'needs' | 'bug'>): string | undefined {
  const counted = needs.find(need => 'counts' in need)
  if (counted !== undefined)
    return `others use this machine’s own kernel too, so its ${counted.counts} can’t be counted; in a guest they can`
  if (bug?.oopsIn === undefined) return undefined
  return `this machine’s own kernel could take harm: where the story’s bug is, ${bug.oopsIn} oopses; in a guest it may`
}

type KernelNeed = Exclude<Need, { readonly counts: unknown }>
type Tried = { readonly what: string; readonly entry: TableEntry | undefined; readonly answer: Answer }

async function tryNeed(need: KernelNeed, disks: readonly CaseDisk[], guest: Guest): Promise<Tried> {
  if ('feature' in need) {
    const answer = await guest.call('probe.feature', { name: need.feature })
    return { what: features[need.feature].title, entry: featureEntry(need.feature), answer }
  }
  if ('idmappedMountsOf' in need) {
    const type = need.idmappedMountsOf
    const answer = await guest.call('probe.filesystem', { type })
    return { what: `idmapped mounts on ${type}`, entry: filesystemEntry(type), answer }
  }
  return tryDisk(need, disks, guest)
}

type DiskNeed = Exclude<KernelNeed, { readonly feature: unknown } | { readonly idmappedMountsOf: unknown }>

async function tryDisk(need: DiskNeed, disks: readonly CaseDisk[], guest: Guest): Promise<Tried> {
  const [name = ''] = Object.values(need)
  const disk = disks.find(candidate => candidate.name === name)
  if (disk === undefined) throw new TypeError(`the story needs something of a disk ${name}, which it does not have`)
  const { fs } = disk.spec
  if ('overlayOver' in need) {
    const entry = featureEntry('overlayOverIdmapped')
    return { what: 'overlayfs over idmapped layers', entry, answer: await tryOverlay(disk, guest) }
  }
  if ('idmappedMountsOn' in need) {
    const what = `idmapped mounts on ${fs}`
    return { what, entry: filesystemEntry(fs), answer: await tryIdmap(disk, guest) }
  }
  const [what, attribute] =
    'aclsOn' in need ? ['POSIX ACLs', 'system.posix_acl_access'] : ['file capabilities', 'security.capability']
  return { what: `${what} on ${fs}`, entry: undefined, answer: await tryAttribute(disk, attribute, guest) }
}

function noFilesystem(type: string): string {
  return `this kernel has no ${type} (neither built in nor as a module)`
}

async function filesystems(guest: Guest): Promise<Set<string>> {
  const text = Buffer.from(await guest.call('file.read', { actor: 0, path: '/proc/filesystems' }), 'base64').toString()
  return new Set(text.split('\n').map(line => line.split('\t').at(-1) ?? ''))
}

async function tryIdmap(disk: CaseDisk, guest: Guest): Promise<Answer> {
  return withProbeMount(disk, guest, async path => {
    const refused = await refusalOf(() => guest.call('mount.tryIdmap', { path }))
    if (refused === undefined) return yes()
    // ENOSYS: no mount_setattr (before 5.12); EINVAL: this file system does not allow it. Any other refusal is a surprise.
    const known = refused.syscall === 'mount_setattr' && ['ENOSYS', 'EINVAL'].includes(refused.code)
    if (!known && !(refused.syscall === 'open_tree' && refused.code === 'ENOSYS')) throw refused
    return no(`${refused.syscall}: ${refused.code}`)
  })
}

// Since 5.19 (bc70682a497c); before, overlayfs refuses such a layer with EINVAL.
async function tryOverlay(disk: CaseDisk, guest: Guest): Promise<Answer> {
  const [lower, target] = [`/run/probe-${disk.name}-mapped`, `/run/probe-${disk.name}-overlay`]
  return withProbeMount(disk, guest, async source => {
    await guest.call('mount.idmapped', { source, target: lower, map: { uid: [[0, 1, 1]], gid: [[0, 1, 1]] } })
    try {
      const options = `lowerdir=${lower}:/usr`
      const overlay = { source: 'overlay', target, type: 'overlay', options, readOnly: true }
      const refused = await refusalOf(() => guest.call('mount.filesystem', overlay))
      if (refused === undefined) await guest.call('mount.unmount', { target })
      else if (refused.code !== 'EINVAL') throw refused
      return refused === undefined ? yes() : no(`${refused.syscall}: ${refused.code}`)
    } finally {
      await guest.call('mount.unmount', { target: lower })
    }
  })
}

function tryAttribute(disk: CaseDisk, name: string, guest: Guest): Promise<Answer> {
  return withProbeMount(disk, guest, path => guest.call('probe.xattr', { path, name }))
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

import { type Extent, endOf, formatRange, type IdRange } from '../idmap/extent.ts'
import { missingFrom, sharedHostIds } from '../idmap/host-ids.ts'
import { type IdMapPair, pairOf } from '../idmap/pair.ts'
import { type Half, IdMapError } from '../idmap/problem.ts'
import { findProblems } from '../idmap/validate.ts'
import type { HostAccount } from '../syntax/accounts.ts'
import { DIRECTIONS } from '../syntax/dialect.ts'
import type { SubidLines } from '../syntax/subid.ts'
import { type Finding, placesOf, type Subject, type Where } from './finding.ts'
import { asWritten } from './one-map.ts'

/** What the host has already given away. */
export interface HostIds {
  /** For whom newuidmap(1) is called: root for Proxmox, Incus and LXC started by root, and root is not exempt. */
  readonly owner: string
  /** The owner's own uid, where known; mapping it alone is always allowed. */
  readonly ownerUid?: number
  /** The lines of subuid and subgid; left out: not looked at. */
  readonly delegated?: Partial<Readonly<Record<Half, DelegationFile>>>
  /** From passwd and group; left out: not looked at. */
  readonly accounts?: Partial<Readonly<Record<Half, readonly HostAccount[]>>>
}

/** A file of subuid(5) or subgid(5). */
export interface DelegationFile {
  readonly name: string
  readonly lines: SubidLines
}

/** What containers take from each other and from the host. Texts that are no maps by themselves are left out. */
export function checkTogether(subjects: readonly Subject[], host: HostIds): Finding[] {
  const containers = subjects.filter(({ role }) => role === 'container').flatMap(sound)
  return [
    ...containers.flatMap((one, index) => checkShared(one, containers.slice(0, index))),
    ...subjects.filter(({ role }) => role === 'container').flatMap(subject => checkDelegated(subject, host)),
    ...containers.flatMap(container => checkAccounts(container, host)),
  ]
}

interface Container {
  readonly subject: Subject
  readonly map: IdMapPair<'container', 'host'>
}

function sound(subject: Subject): Container[] {
  try {
    return [{ subject, map: pairOf<'container', 'host'>(asWritten(subject), DIRECTIONS.container) }]
  } catch (error) {
    if (error instanceof IdMapError) return []
    throw error
  }
}

const HALVES: readonly Half[] = ['uid', 'gid']

/** One finding a container and half, however many others it meets: a hundred containers with one map are not 5000 findings. */
function checkShared(one: Container, others: readonly Container[]): Finding[] {
  return HALVES.flatMap(half => {
    const meetings = others
      .map(other => ({ other, ranges: sharedHostIds(one.map, other.map)[half] }))
      .filter(({ ranges }) => ranges.length > 0)
    if (meetings.length === 0) return []
    const hosts = missingFrom(
      meetings.flatMap(({ ranges }) => ranges.map(({ from, count }) => ({ from, count }))),
      [],
    )
    const where = [
      ...meeting(one, half, hosts),
      ...meetings.flatMap(({ other, ranges }) => meeting(other, half, ranges)),
    ]
    return [
      {
        rule: 'SHARED_HOST_IDS',
        severity: 'error',
        where,
        message: `host ${half}s ${hosts.map(formatRange).join(', ')} belong to ${some(meetings.map(({ other }) => other.subject.name))} as well: what leaves one container can touch the files and processes of the other`,
        fix: 'give one of them another host range, or allow it where they shall share files: --allow SHARED_HOST_IDS',
      },
    ]
  })
}

/** A list that a person still reads. */
function some(words: readonly string[]): string {
  return words.length > 5 ? [...words.slice(0, 5), `${words.length - 5} more`].join(', ') : words.join(', ')
}

/** Where a text maps some of the host ids. */
function meeting({ subject }: Container, half: Half, hosts: readonly IdRange[]): Where[] {
  const written = asWritten(subject)[half].filter(({ to, count }) =>
    hosts.some(range => range.from < to + count && to < endOf(range)),
  )
  return placesOf(subject, half, written)
}

// Each extent by itself, so that a map with another fault is told this as well.
function checkDelegated(subject: Subject, { owner, ownerUid, delegated }: HostIds): Finding[] {
  return HALVES.flatMap(half => {
    const file = delegated?.[half]
    if (!file) return []
    const own = file.lines.filter(line => line.owner === owner || line.owner === `${ownerUid}`)
    return asWritten(subject)
      [half].filter(extent => findProblems([extent]).length === 0)
      .filter(extent => !(half === 'uid' && extent.count === 1 && extent.to === ownerUid))
      .flatMap(extent => notDelegated(subject, half, extent, missingFrom([hostRange(extent)], own), file.name, owner))
  })
}

function hostRange({ to, count }: Extent): IdRange {
  return { from: to, count }
}

function notDelegated(
  subject: Subject,
  half: Half,
  extent: Extent,
  missing: readonly IdRange[],
  file: string,
  owner: string,
): Finding[] {
  if (missing.length === 0) return []
  const tool = half === 'uid' ? 'newuidmap' : 'newgidmap'
  return [
    {
      rule: 'NOT_DELEGATED',
      severity: 'error',
      where: placesOf(subject, half, [extent]),
      message: `${file} does not give host ${half}s ${missing.map(formatRange).join(', ')} to ${owner}: ${tool} refuses the map, and root is not exempt`,
      fix: `add to ${file}: ${missing.map(({ from, count }) => `${owner}:${from}:${count}`).join(' and ')}`,
    },
  ]
}

function checkAccounts(container: Container, { accounts }: HostIds): Finding[] {
  return HALVES.flatMap(half => {
    const hosts = container.map[half].invert()
    const taken = (accounts?.[half] ?? []).filter(({ id }) => hosts.lookup(id) !== undefined)
    if (taken.length === 0) return []
    const names = taken.map(({ name, id }) => `${id} (${name}, container ${hosts.lookup(id)})`)
    const hostIds = taken.map(({ id }) => ({ from: id, count: 1 }))
    return [
      {
        rule: 'HOST_USER',
        severity: 'error',
        where: meeting(container, half, hostIds),
        message: `host ${half === 'uid' ? 'users' : 'groups'} are ids of the container: ${some(names)}`,
        fix: 'move the range to host ids nobody has, or allow it where files shall be shared with them: --allow HOST_USER',
      },
    ]
  })
}

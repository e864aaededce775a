import type { Extent, IdRange } from '../idmap/extent.ts'
import type { HostAccount } from '../syntax/accounts.ts'
import { allocate, lowPiece, type PieceRequest, topPiece } from './allocate.ts'
import { RangesError } from './error.ts'
import { type HostIdsInUse, readHost } from './host.ts'
import { hostRanges, LEASE_NAME, type Lease } from './lease.ts'
import { isSameOwner } from './owner.ts'
import { type LockedRegistry, leasedRanges, type RangesPlace, withRegistry } from './registry.ts'
import { RESERVATIONS, reservedRanges } from './reservations.ts'
import { delegate, undelegate, withSubidLocks } from './subid-files.ts'
import type { UsedRange } from './used-range.ts'

/** What is wanted of `leaseRange`. */
export interface LeaseRequest {
  readonly name: string
  readonly owner: string
  /** Ids from 0 on in the container, users and groups alike. */
  readonly count: number
  /** Ids at the end of the 32-bit space, in the container and as far as they are free on the host. */
  readonly top?: number
  /** Only these host ids for `count`; left out: where login.defs(5) has subordinate ids, then anywhere. */
  readonly window?: IdRange
  readonly align?: number
  /** Reservations, by name, that shall not count. */
  readonly allowReserved?: readonly string[]
  /** Whether the owner gets the ranges in `/etc/subuid` and `/etc/subgid` too. */
  readonly subids?: boolean
}

/** A lease as it is now, and what may be in use without having been seen. */
export interface Leased {
  readonly lease: Lease
  /** Whether it was there before, and is only renewed. */
  readonly renewed: boolean
  readonly unseen: readonly string[]
}

/**
 * Gives host ids nobody has to a name, and writes that down before it returns; several processes may do so at once. Asked for
 * again by the same owner and in the same sizes it gives the same ids, and completes what a crash had left half done.
 * `NothingFitsError`; `RangesError`: LEASE_TAKEN when the name is another owner's or of other sizes, and all of the registry.
 */
export async function leaseRange(request: LeaseRequest, place: RangesPlace = {}): Promise<Leased> {
  const { root = '/' } = place
  checkNames(request)
  return withRegistry(place, locked =>
    request.subids
      ? withSubidLocks(root, () => {
          const leased = give(request, locked, place)
          delegateTo(leased.lease, root)
          return leased
        })
      : give(request, locked, place),
  )
}

function delegateTo(lease: Lease, root: string): void {
  try {
    delegate(root, lease.owner, hostRanges(lease))
  } catch (cause) {
    const sentence = cause instanceof Error ? cause.message : String(cause)
    throw new RangesError(
      'SUBIDS_UNUSABLE',
      `${sentence} The lease ${lease.name} is made: ask for it once more when that is mended, or release it.`,
      { cause },
    )
  }
}

/** A lease that is no more. */
export interface Released {
  readonly lease: Lease
  /** Ranges that subuid or subgid may still give the owner, because no line there is the lease's own. */
  readonly stillDelegated: readonly IdRange[]
}

/** Takes a lease back, and its lines in subuid and subgid. `RangesError` LEASE_UNKNOWN. Files that have its ids keep them. */
export async function releaseRange(name: string, place: RangesPlace = {}): Promise<Released> {
  const { root = '/' } = place
  return withRegistry(place, async locked => {
    const lease = locked.leases.find(one => one.name === name)
    if (!lease) throw new RangesError('LEASE_UNKNOWN', unknown(name, locked.leases))
    const take = () => undelegate(root, lease.owner, hostRanges(lease))
    // The lease goes last: a crash before that leaves ids nobody is given, never ids two have.
    const stillDelegated = lease.subids ? await withSubidLocks(root, take) : []
    locked.write(locked.leases.filter(one => one !== lease))
    return { lease, stillDelegated }
  })
}

function checkNames({ name, owner, allowReserved = [] }: LeaseRequest): void {
  for (const [what, given] of [
    ['lease', name],
    ['owner', owner],
  ])
    if (!LEASE_NAME.test(given ?? ''))
      throw new RangesError(
        'REQUEST_INVALID',
        `The name of the ${what} must be letters, digits and ._@-, at most 64, not ${JSON.stringify(given)}.`,
      )
  const known = ['host-users', ...RESERVATIONS.map(({ name }) => name)]
  for (const reserved of allowReserved)
    if (!known.includes(reserved))
      throw new RangesError(
        'REQUEST_INVALID',
        `There is no reservation ${JSON.stringify(reserved)}; there are: ${known.join(', ')}.`,
      )
}

function give(request: LeaseRequest, registry: LockedRegistry, place: RangesPlace): Leased {
  const host = readHost(place.root)
  const now = new Date().toISOString()
  const old = registry.leases.find(({ name }) => name === request.name)
  const subids = request.subids ?? false
  const { name, owner } = request
  const lease: Lease = old
    ? { ...asAsked(old, request, host.users), subids: old.subids || subids, renewed: now }
    : { name, owner, pieces: find(request, host, leasedRanges(place)), subids, leased: now, renewed: now }
  registry.write([...registry.leases.filter(one => one !== old), lease])
  return { lease, renewed: old !== undefined, unseen: host.unseen }
}

function find(request: LeaseRequest, host: HostIdsInUse, leased: readonly UsedRange[]): readonly Extent[] {
  const reserved = reservedRanges([...RESERVATIONS, host.hostUsers], request.allowReserved)
  return allocate(piecesOf(request, host.windows), [...host.used, ...leased, ...reserved])
}

function piecesOf({ count, top, window, align }: LeaseRequest, windows: readonly IdRange[]): PieceRequest[] {
  const low = { ...lowPiece(count, window ? [window] : windows), ...(align !== undefined && { align }) }
  return top === undefined ? [low] : [low, topPiece(top)]
}

function asAsked(old: Lease, request: LeaseRequest, users: readonly HostAccount[]): Lease {
  const wanted = [request.count, ...(request.top === undefined ? [] : [request.top])]
  const has = old.pieces.map(({ count }) => count)
  if (isSameOwner(old.owner, request.owner, users) && wanted.join() === has.join()) return old
  throw new RangesError(
    'LEASE_TAKEN',
    `${old.owner} has a lease ${old.name} of ${has.join(' and ')} ids already: release it, or choose another name.`,
  )
}

function unknown(name: string, leases: readonly Lease[]): string {
  const names = leases.map(lease => lease.name).join(', ')
  return `There is no lease ${JSON.stringify(name)}; ${names === '' ? 'the registry has none' : `there are: ${names}`}.`
}

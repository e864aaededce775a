import { endOf } from '../idmap/extent.ts'
import type { HostAccount } from '../syntax/accounts.ts'
import { isSameOwner } from './owner.ts'
import type { Holder, NamespaceHolder, SubidHolder, UsedRange } from './used-range.ts'

/** Why two holders of the same ids are one too many. */
export type CollisionRule =
  /** A user or group of the host, or the overflow id, is inside a range. */
  | 'HOST_USER'
  /** Two containers have them, or leases of two registries, or a container has only a part of a lease. */
  | 'SHARED_HOST_IDS'
  /** subuid or subgid gives them to two owners. */
  | 'DELEGATED_TWICE'
  /** subuid or subgid gives them to somebody else than who has them. */
  | 'DELEGATED_TO_ANOTHER'

/** A rule that two ranges break, and whether it is the first of them that had better change. */
export interface Clash {
  readonly rule: CollisionRule
  readonly changeFirst: boolean
}

/** What is wrong with two ranges that share ids and halves; `undefined` when they may. */
export function clash(a: UsedRange, b: UsedRange, users: readonly HostAccount[]): Clash | undefined {
  return ordered(a, b, users, true) ?? ordered(b, a, users, false)
}

/** `one` is who had better change. */
function ordered(
  one: UsedRange,
  other: UsedRange,
  users: readonly HostAccount[],
  changeFirst: boolean,
): Clash | undefined {
  const rule = ruleFor(one, other, users)
  return rule && { rule, changeFirst }
}

function ruleFor(one: UsedRange, other: UsedRange, users: readonly HostAccount[]): CollisionRule | undefined {
  if (is('subid', one) && is('subid', other)) return delegatedTwice(one, other, users)
  if (is('lease', one) && is('subid', other)) {
    return isSameOwner(one.holder.owner, other.holder.owner, users) ? undefined : 'DELEGATED_TO_ANOTHER'
  }
  if (is('lease', one) && is('lease', other)) {
    return one.holder.registry === other.holder.registry ? undefined : 'SHARED_HOST_IDS'
  }
  if (is('namespace', one)) return ruleForNamespace(one, other, users)
  const isRange = is('subid', one) || is('lease', one)
  return isRange && isOfTheHost(other) && !isOnPurpose(one) ? 'HOST_USER' : undefined
}

function ruleForNamespace(
  one: UsedRange<NamespaceHolder>,
  other: UsedRange,
  users: readonly HostAccount[],
): CollisionRule | undefined {
  if (isOnPurpose(one)) return undefined
  if (isOfTheHost(other)) return 'HOST_USER'
  if (is('lease', other)) return isWithin(one, other) ? undefined : 'SHARED_HOST_IDS'
  if (is('subid', other)) return isAnothers(one.holder, other.holder, users) ? 'DELEGATED_TO_ANOTHER' : undefined
  return is('namespace', other) && areSiblings(one, other) ? 'SHARED_HOST_IDS' : undefined
}

/** One id is mapped or delegated by itself to share it: `1005 1005 1`, one's own uid. */
function isOnPurpose({ count }: UsedRange): boolean {
  return count === 1
}

function isOfTheHost({ holder }: UsedRange): boolean {
  return holder.kind === 'account' || (holder.kind === 'reservation' && holder.name === 'overflow')
}

function delegatedTwice(
  one: UsedRange<SubidHolder>,
  other: UsedRange<SubidHolder>,
  users: readonly HostAccount[],
): CollisionRule | undefined {
  if (isOnPurpose(one) || isOnPurpose(other)) return undefined
  return isSameOwner(one.holder.owner, other.holder.owner, users) ? undefined : 'DELEGATED_TWICE'
}

/**
 * Whether a namespace's maker uses ids that are another's. root may use what is given to nobody who logs in, such as
 * `containers` of podman or `dockremap` of Docker; not what is an ordinary user's.
 */
function isAnothers({ maker }: NamespaceHolder, { owner }: SubidHolder, users: readonly HostAccount[]): boolean {
  if (maker === undefined || isSameOwner(`${maker}`, owner, users)) return false
  const uid = users.find(({ name, id }) => name === owner || `${id}` === owner)?.id ?? 0
  return maker !== 0 || uid >= FIRST_ORDINARY_USER
}

/** UID_MIN of login.defs(5) as every distribution has it today. */
const FIRST_ORDINARY_USER = 1000

/** A namespace inside another shares ids with it rightly; where the kernel does not say, only one that has some of them can't be. */
function areSiblings(one: UsedRange<NamespaceHolder>, other: UsedRange<NamespaceHolder>): boolean {
  if (isOnPurpose(other) || one.holder.pid === other.holder.pid) return false
  if (one.holder.isChild && other.holder.isChild) return true
  return !isWithin(one, other) && !isWithin(other, one)
}

function isWithin(inner: UsedRange, outer: UsedRange): boolean {
  return inner.from >= outer.from && endOf(inner) <= endOf(outer)
}

function is<K extends Holder['kind']>(
  kind: K,
  range: UsedRange,
): range is UsedRange<Extract<Holder, { readonly kind: K }>> {
  return range.holder.kind === kind
}

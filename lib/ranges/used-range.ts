import type { Id, IdRange } from '../idmap/extent.ts'
import type { Half } from '../idmap/problem.ts'
import { printable } from '../syntax/error.ts'

/** Host ids that somebody has, and who that is. */
export interface UsedRange<By extends Holder = Holder> extends IdRange {
  readonly half: Half | 'both'
  readonly holder: By
}

/** Who has host ids. */
export type Holder = AccountHolder | SubidHolder | NamespaceHolder | LeaseHolder | ReservationHolder | OutsideHolder

/** A line of `/etc/passwd` or `/etc/group`. */
export interface AccountHolder {
  readonly kind: 'account'
  readonly name: string
  readonly file: string
}

/** A line of `/etc/subuid` or `/etc/subgid`. */
export interface SubidHolder {
  readonly kind: 'subid'
  /** As written: a name, or a uid in digits. */
  readonly owner: string
  readonly file: string
  readonly line: number
}

/** A user namespace with processes in it. */
export interface NamespaceHolder {
  readonly kind: 'namespace'
  /** The lowest pid of its processes that were seen. */
  readonly pid: number
  /** What that process calls itself. */
  readonly command: string
  /** The inode of `/proc/PID/ns/user`; `undefined` when it may not be read, then equal maps count as one namespace. */
  readonly inode: number | undefined
  /** The uid of its maker, from NS_GET_OWNER_UID; `undefined` when it may not be asked. */
  readonly maker: Id | undefined
  /** Whether it was made in the namespace of who looks; `undefined` when that is not known. */
  readonly isChild: boolean | undefined
}

/** A lease of the registry. */
export interface LeaseHolder {
  readonly kind: 'lease'
  readonly name: string
  readonly owner: string
  /** The file of the registry. */
  readonly registry: string
}

/** A convention that keeps ids for a purpose; see `RESERVATIONS`. */
export interface ReservationHolder {
  readonly kind: 'reservation'
  readonly name: string
  readonly title: string
}

/** Ids that the user namespace of who looks does not have: nobody in it can map them. */
export interface OutsideHolder {
  readonly kind: 'outside'
}

/** A holder in words that are safe to print: `alice, line 3 of /etc/subuid`. */
export function holderText(holder: Holder): string {
  switch (holder.kind) {
    case 'account':
      return `${printable(holder.name)} of ${holder.file}`
    case 'subid':
      return `${printable(holder.owner)}, line ${holder.line} of ${holder.file}`
    case 'namespace':
      return `the user namespace of process ${holder.pid} (${printable(holder.command)})`
    case 'lease':
      return `the lease ${holder.name} of ${holder.owner} in ${holder.registry}`
    case 'reservation':
      return `${holder.title} (reserved: ${holder.name})`
    case 'outside':
      return 'ids that this user namespace does not have'
  }
}

/** Holders in words; a list that a person still reads. */
export function holdersText(holders: readonly Holder[]): string {
  const texts = [...new Set(holders.map(holderText))].toSorted()
  const shown = texts.length > 5 ? [...texts.slice(0, 5), `${texts.length - 5} more`] : texts
  return shown.join(', ')
}

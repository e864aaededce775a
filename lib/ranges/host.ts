import path from 'node:path'
import { reasonOf } from '../file-trouble.ts'
import { type IdRange, isId } from '../idmap/extent.ts'
import type { Half } from '../idmap/problem.ts'
import { common, complement } from '../idmap/sweep.ts'
import { isSound } from '../idmap/validate.ts'
import { type HostAccount, readAccounts } from '../syntax/accounts.ts'
import { faultSentence } from '../syntax/error.ts'
import { kernel } from '../syntax/kernel.ts'
import { readSubids } from '../syntax/subid.ts'
import { ANYWHERE } from './allocate.ts'
import { RangesError } from './error.ts'
import { type Bounds, type LoginDefs, parseLoginDefs } from './login-defs.ts'
import { readNamespaces } from './namespaces.ts'
import { unseenSources } from './nsswitch.ts'
import { readText } from './read-text.ts'
import type { Reservation } from './reservations.ts'
import type { UsedRange } from './used-range.ts'

/** What a host's files and processes say of its ids, at one moment. */
export interface HostIdsInUse {
  /** Accounts, subordinate ids, running user namespaces; neither leases nor reservations. */
  readonly used: readonly UsedRange[]
  readonly users: readonly HostAccount[]
  /** The ids kept for users and groups by login.defs(5). */
  readonly hostUsers: Reservation
  /** Where to look for free ids: where login.defs(5) has subordinate ids of both kinds, then anywhere. */
  readonly windows: readonly IdRange[]
  /** What may be in use unseen, in sentences; safe to print. */
  readonly unseen: readonly string[]
}

const HALVES: readonly Half[] = ['uid', 'gid']

/**
 * Reads `/etc/passwd`, `group`, `subuid`, `subgid`, `login.defs`, `nsswitch.conf` and `/proc` below a root directory. A file
 * that is not there holds nothing. `RangesError` HOST_UNREADABLE when one of the first four can't be read, or has a line
 * that may give ids and can't be understood: what is not known to be free is not free.
 */
export function readHost(root = '/'): HostIdsInUse {
  const accounts = { uid: accountsOf(root, 'passwd'), gid: accountsOf(root, 'group') }
  const loginDefs = parseLoginDefs(textOf(root, 'etc/login.defs'))
  const namespaces = readNamespaces(root)
  return {
    used: [
      ...HALVES.flatMap(half => accountRanges(accounts[half], half)),
      ...HALVES.flatMap(half => subidRanges(root, half)),
      ...namespaces.used,
      ...outside(root),
      ...overflowIds(root),
    ],
    users: accounts.uid,
    hostUsers: hostUsers(loginDefs),
    windows: [...subidWindow(loginDefs), ANYWHERE],
    unseen: [...loginDefs.faults, ...unseenSources(textOf(root, 'etc/nsswitch.conf')), ...namespaces.unseen],
  }
}

function textOf(root: string, file: string): string {
  const at = path.join(root, file)
  try {
    return readText(at) ?? ''
  } catch (error) {
    throw new RangesError(
      'HOST_UNREADABLE',
      `${at} can't be read: ${reasonOf(error)}; which ids are free is not known.`,
      {
        cause: error,
      },
    )
  }
}

function accountsOf(root: string, file: 'passwd' | 'group'): readonly HostAccount[] {
  return readAccounts(textOf(root, `etc/${file}`)).filter(({ id }) => isId(id))
}

function accountRanges(accounts: readonly HostAccount[], half: Half): UsedRange[] {
  const file = half === 'uid' ? '/etc/passwd' : '/etc/group'
  return accounts.map(({ name, id }) => ({ from: id, count: 1, half, holder: { kind: 'account', name, file } }))
}

function subidRanges(root: string, half: Half): UsedRange[] {
  const file = half === 'uid' ? '/etc/subuid' : '/etc/subgid'
  const { lines, faults } = readSubids(textOf(root, file))
  const [fault] = faults
  if (fault)
    throw new RangesError(
      'HOST_UNREADABLE',
      `${path.join(root, file)} has a line that may give ids and can't be understood (${faultSentence(fault)}): mend or remove it.`,
    )
  return lines.map(({ from, count, owner, line }) => ({
    from,
    count,
    half,
    holder: { kind: 'subid', owner, file, line },
  }))
}

/** In a container, the host's ids that it was not given: they can be mapped by nobody in it. */
function outside(root: string): UsedRange[] {
  return HALVES.flatMap(half => {
    const { entries } = kernel.roles.container.read(textOf(root, `proc/self/${half}_map`))
    const own = entries.flatMap(entry => (entry.half === half && isSound(entry.extent) ? [entry.extent] : []))
    if (own.length === 0) return []
    return complement(own).map(({ from, count }): UsedRange => ({ from, count, half, holder: { kind: 'outside' } }))
  })
}

function hostUsers({ accounts }: LoginDefs): Reservation {
  const last = Math.max(accounts.uid.max, accounts.gid.max)
  return {
    name: 'host-users',
    title: 'users and groups of the host',
    from: 0,
    count: last + 1,
    source: 'https://man7.org/linux/man-pages/man5/login.defs.5.html (UID_MAX, GID_MAX)',
  }
}

function subidWindow({ subids }: LoginDefs): IdRange[] {
  const window = ({ min, max }: Bounds): IdRange => ({ from: min, count: max - min + 1 })
  const shared = common(window(subids.uid), window(subids.gid))
  return shared.count > 0 ? [shared] : []
}

/** What an id that is not mapped shows as; the sysctls are there to move it. */
function overflowIds(root: string): UsedRange[] {
  return HALVES.flatMap(half => {
    const text = textOf(root, `proc/sys/kernel/overflow${half}`).trim()
    const holder = { kind: 'reservation', name: 'overflow', title: `kernel.overflow${half}` } as const
    return /^[0-9]{1,10}$/.test(text) && isId(Number(text)) ? [{ from: Number(text), count: 1, half, holder }] : []
  })
}

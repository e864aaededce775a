import type { IdRange } from '../idmap/extent.ts'
import type { UsedRange } from './used-range.ts'

/** Host ids, users and groups alike, that a convention keeps for a purpose although no file of the host says so. */
export interface Reservation extends IdRange {
  readonly name: string
  readonly title: string
  readonly source: string
}

const SYSTEMD = 'https://systemd.io/UIDS-GIDS/'

/** Ids that are no user's, whatever is allowed. 4294967295 needs no line: it is no id. */
export const NEVER_GIVEN: readonly Reservation[] = [
  {
    name: 'root',
    title: 'root',
    from: 0,
    count: 1,
    source: 'https://man7.org/linux/man-pages/man7/credentials.7.html',
  },
  {
    name: 'overflow',
    title: 'the overflow id, nobody',
    from: 65_534,
    count: 1,
    source: 'https://man7.org/linux/man-pages/man7/user_namespaces.7.html',
  },
  { name: '16-bit-invalid', title: 'the 16-bit (uid_t) -1', from: 65_535, count: 1, source: SYSTEMD },
]

/** What is kept free unless somebody allows it by name. Users of login.defs(5) come on top, see `hostUsers`. */
export const RESERVATIONS: readonly Reservation[] = [
  { name: 'homed', title: 'homes of systemd-homed', from: 60_001, count: 513, source: SYSTEMD },
  { name: 'nspawn-users', title: 'host users bound into systemd-nspawn', from: 60_514, count: 64, source: SYSTEMD },
  { name: 'greeter', title: 'graphical greeters (systemd 258)', from: 60_578, count: 128, source: SYSTEMD },
  { name: 'dynamic', title: 'DynamicUser= of systemd', from: 61_184, count: 4336, source: SYSTEMD },
  // nspawn picks a base from 524288 to 1878982656 in steps of 65536, and asks the user database only.
  {
    name: 'nspawn',
    title: 'containers of systemd-nspawn',
    from: 524_288,
    count: 1_878_523_904,
    source: SYSTEMD,
  },
  {
    name: 'foreign',
    title: 'foreign images of systemd (258)',
    from: 2_147_352_576,
    count: 65_536,
    source: SYSTEMD,
  },
]

/** The reservations as ranges in use, less those allowed by name. */
export function reservedRanges(
  reservations: readonly Reservation[],
  allowed: readonly string[] = [],
): readonly UsedRange[] {
  return reservations
    .filter(({ name }) => !allowed.includes(name))
    .map(({ from, count, name, title }) => ({
      from,
      count,
      half: 'both',
      holder: { kind: 'reservation', name, title },
    }))
}

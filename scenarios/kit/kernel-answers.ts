import type { Guest } from '../../vm/guest/guest.ts'
import type { Actor } from './actor.ts'
import type { Act, Ledger } from './ledger.ts'
import { refusalOf } from './refusal.ts'
import { checkSince } from './since.ts'

/** What a kernel says to who tries a map: it has no mount_setattr (before 5.12), or not on this file system. */
const NO_MAP = ['ENOSYS', 'EINVAL']

/** The host's root asks, and the answer is written down. */
export type Asking = { readonly guest: Guest; readonly ledger: Ledger; readonly root: Actor }

/** Whether the mount at `path` can be idmapped, tried; one of Linux's line `since` or a later one must. */
export async function takesMap(asking: Asking, path: string, since: string): Promise<boolean> {
  const { guest, ledger } = asking
  const refused = await ledger.during(() => refusalOf(() => guest.call('mount.tryIdmap', { path })))
  if (refused !== undefined && !NO_MAP.includes(refused.code)) throw refused
  return heldAgainst(asking, { claim: `${path} takes a map`, since, operation: 'idmap', path }, refused === undefined)
}

/** Whether the kernel shows the map of the mount at `path`; one of Linux's line `since` or a later one must. */
export async function showsMap(asking: Asking, path: string, since: string): Promise<boolean> {
  const { map } = await asking.ledger.during(() => asking.root.inspect(path))
  const question = { claim: `the kernel shows the map of ${path}`, since, operation: 'inspect', path }
  return heldAgainst(asking, question, map === 'known')
}

/** What statmount(2) tells a process of the uid map of the mount at `path`: extents, `no map`, or `killed`. */
export async function askForMap({ guest, ledger }: Asking, path: string): Promise<string> {
  const { killed, map } = await ledger.during(() => guest.call('mount.askForMap', { path }))
  // The kernel's own report of it may come a little later; it is the last thing this guest says.
  if (killed) await guest.end()
  return killed ? 'killed' : (map?.map(extent => extent.join(' ')).join(', ') ?? 'no map')
}

type Question = {
  readonly claim: string
  readonly since: string
  readonly operation: string
  readonly path: string
}

function heldAgainst(
  { guest, ledger, root }: Asking,
  { claim, since, operation, path }: Question,
  found: boolean,
): boolean {
  const act: Act = { actor: root.name, operation: `${operation} ${path}`, path }
  return checkSince({ ledger, running: guest.kernelRelease, act }, claim, since, found)
}

import type { HostAccount } from '../syntax/accounts.ts'

/** Whether two owners are one: names, or uids in digits as subuid(5) allows them, by the host's users. */
export function isSameOwner(a: string, b: string, users: readonly HostAccount[]): boolean {
  return a === b || uidOf(a, users) === uidOf(b, users)
}

/** An owner as a uid in digits where it has one, else as it is. */
function uidOf(owner: string, users: readonly HostAccount[]): string {
  const user = users.find(({ name }) => name === owner)
  return user ? `${user.id}` : owner
}

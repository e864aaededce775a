import type { Id } from '../../idmap/extent.ts'
import type { Half } from '../../idmap/problem.ts'
import { type AclKind, permissionLetters, readAcl } from '../acl.ts'
import type { Caller } from '../caller.ts'
import { capabilityNames } from '../capabilities.ts'
import { readFileCapability } from '../file-capability.ts'
import { locatedStatusOf } from '../statx.ts'

/** An id that a file carries, and what for. */
export type IdHolder = {
  readonly what: 'owner' | 'group' | 'access ACL' | 'default ACL' | 'file capability'
  readonly half: Half
  /** What it is for, e.g. `rw-` of an ACL entry, or the names of capabilities. */
  readonly grants: string | undefined
}

/** An id as one observer sees it. `nobody`: the observer has none for it; of owner and group that shows as the overflow id, which can be a real id too. */
export type Sighting = IdHolder & { readonly id: Id | 'nobody' }

/** Everything with an id at the open file `fd`, as `caller` sees it, always in the same order. */
export function idsSeenBy(caller: Caller, file: { fd: number }): readonly Sighting[] {
  const { uid, gid, type } = locatedStatusOf(caller, file)
  // A symbolic link carries neither, and its name in /proc would lead on to where it points.
  const more =
    type === 'symlink'
      ? []
      : [...aclIds(caller, file, 'access'), ...aclIds(caller, file, 'default'), ...capabilityIds(caller, file)]
  return [
    { what: 'owner', half: 'uid', grants: undefined, id: uid },
    { what: 'group', half: 'gid', grants: undefined, id: gid },
    ...more,
  ]
}

function aclIds(caller: Caller, file: { fd: number }, kind: AclKind): readonly Sighting[] {
  return (readAcl(caller, file, kind) ?? []).flatMap(({ tag, permissions, id }) => {
    if (tag !== 'user' && tag !== 'group') return []
    const half = tag === 'user' ? 'uid' : 'gid'
    return [
      {
        what: `${kind} ACL` as const,
        half,
        grants: permissionLetters(permissions),
        id: id ?? 'nobody',
      } satisfies Sighting,
    ]
  })
}

function capabilityIds(caller: Caller, file: { fd: number }): readonly Sighting[] {
  const found = readFileCapability(caller, file)
  if (found === undefined) return []
  if (found === 'unseen') return [{ what: 'file capability', half: 'uid', grants: undefined, id: 'nobody' }]
  // Version 2 has no rootid: it counts where the reader's namespace, or one around it, has its root.
  return [
    {
      what: 'file capability',
      half: 'uid',
      grants: capabilityNames(found.permitted).join(', '),
      id: found.rootid ?? 0,
    },
  ]
}

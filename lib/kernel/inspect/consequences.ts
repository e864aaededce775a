import type { InspectedId } from './judge.ts'

/** What follows from ids that are nobody, in sentences (rules of fs/namei.c, fs/attr.c and kernel/capability.c, Linux 5.12 to 7.3). */
export function consequencesOf(ids: readonly InspectedId[]): readonly string[] {
  const owners = ids.filter(({ what }) => what === 'owner' || what === 'group')
  const said: string[] = []
  if (owners.some(({ host }) => host === 'nobody'))
    said.push(
      'Through this mount nobody may write to it, root neither (EACCES), or remove or rename it (EOVERFLOW): its owner or group has no id here.',
    )
  else if (owners.some(({ seen }) => seen === 'nobody'))
    said.push(
      'The container’s root has no power over it: capabilities count for a file only where its owner and group both have an id.',
    )
  if (ids.some(({ what, seen }) => what === 'file capability' && seen === 'nobody'))
    said.push('Whoever executes it in there gets none of its capabilities: their rootid is nobody there.')
  if (ids.some(({ what, seen }) => what.endsWith('ACL') && seen === 'nobody'))
    said.push(
      'The ACL entries that are nobody’s help no one in there, and an ACL with them cannot be written back as read.',
    )
  return said
}

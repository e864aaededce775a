import { INVALID_ID } from '../../lib/idmap/extent.ts'
import { type AclEntry, permissionLetters } from '../../lib/kernel/acl.ts'

const NAMED = /^([ug]):(\d+):([r-][w-][x-])$/

/** The entries of an ACL that name somebody, as a story writes them: `u:1005:r--,g:50:rwx`. An id the reader has none for is 4294967295, as the kernel has it. */
export function namedEntriesInWords(entries: readonly AclEntry[]): string {
  const named = entries.filter(({ tag }) => tag === 'user' || tag === 'group')
  return named
    .map(({ tag, id, permissions }) => `${tag[0]}:${id ?? INVALID_ID}:${permissionLetters(permissions)}`)
    .join(',')
}

/** A whole ACL for a file of this mode, with these named entries; the mask lets all of them through. */
export function aclWith(text: string, mode: number): readonly AclEntry[] {
  const named = text.split(',').map(parseEntry)
  const [owner, group, other] = [6, 3, 0].map(shift => (mode >> shift) & 7) as [number, number, number]
  const mask = named.reduce((most, { permissions }) => most | permissions, group)
  return [
    { tag: 'user_obj', permissions: owner },
    ...inOrder(named, 'user'),
    { tag: 'group_obj', permissions: group },
    ...inOrder(named, 'group'),
    { tag: 'mask', permissions: mask },
    { tag: 'other', permissions: other },
  ]
}

function inOrder(named: readonly AclEntry[], wanted: AclEntry['tag']): readonly AclEntry[] {
  return named.filter(({ tag }) => tag === wanted).toSorted((a, b) => (a.id ?? 0) - (b.id ?? 0))
}

function parseEntry(text: string): AclEntry {
  const [, kind, id, letters = ''] = NAMED.exec(text.trim()) ?? []
  if (kind === undefined)
    throw new TypeError(`expected named entries of an ACL such as "u:1005:r--,g:50:rwx", found ${JSON.stringify(text)}`)
  const permissions = [...letters].reduce((bits, letter) => (bits << 1) | (letter === '-' ? 0 : 1), 0)
  return { tag: kind === 'u' ? 'user' : 'group', permissions, id: Number(id) }
}

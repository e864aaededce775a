import { decodeAcl } from '../../lib/kernel/acl.ts'
import { decodeFileCapability } from '../../lib/kernel/file-capability.ts'
import { fileCapabilityInWords } from './capability-text.ts'
import { namedEntriesInWords } from './named-entries.ts'

/** What of a file a line of a table is about. */
export type Aspect = 'owner' | 'mode' | 'acl' | 'default acl' | 'capability'

const attributes = {
  acl: 'system.posix_acl_access',
  'default acl': 'system.posix_acl_default',
  capability: 'security.capability',
} as const

/** The extended attribute that has it; `undefined` for what the inode itself says. */
export function attributeOf(aspect: Aspect): string | undefined {
  return aspect === 'owner' || aspect === 'mode' ? undefined : attributes[aspect]
}

/** How one looks at it: `stat`, `getxattr security.capability`. */
export function lookAt(aspect: Aspect): string {
  const attribute = attributeOf(aspect)
  return attribute === undefined ? 'stat' : `getxattr ${attribute}`
}

type Inode = { readonly uid: number; readonly gid: number; readonly mode: number }

/** As a table writes it: an owner as `1005:1005`, a mode as `4755`. */
export function inodeInWords(aspect: Aspect, { uid, gid, mode }: Inode): string {
  return aspect === 'mode' ? mode.toString(8).padStart(4, '0') : `${uid}:${gid}`
}

/** As a table writes it: of an ACL the named entries, `u:1005:r--,g:50:rwx`; a capability as getcap(8) does; `none` where there is none. */
export function attributeInWords(aspect: Aspect, value: Uint8Array | undefined): string {
  if (value === undefined) return 'none'
  return aspect === 'capability'
    ? fileCapabilityInWords(decodeFileCapability(value))
    : namedEntriesInWords(decodeAcl(value))
}

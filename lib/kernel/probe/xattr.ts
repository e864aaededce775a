import { here } from '../caller.ts'
import { getXattr } from '../xattr.ts'
import { type Answer, tried } from './answer.ts'

/** Whether the file system at `path` keeps extended attributes of this name: `system.posix_acl_access`, `security.capability`. Nothing is written. */
export function probeXattr(path: string, name: string): Answer {
  return tried(() => void getXattr(here(), path, name), {
    EOPNOTSUPP: 'the file system, or this kernel’s driver of it, keeps no such attributes',
  })
}

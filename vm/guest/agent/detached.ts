import fs from 'node:fs'
import { call, here } from '../../../lib/kernel/caller.ts'
import { openIdmappedCopy } from '../../../lib/kernel/idmapped-copy.ts'
import { closeFd } from '../../../lib/kernel/mount.ts'
import { describeChange, encodeMountAttributes, MOUNT_ATTR_BYTES } from '../../../lib/kernel/mount-attributes.ts'
import { statusOf } from '../../../lib/kernel/statx.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import type { Reply, Requests } from '../protocol.ts'
import { toPair } from './wire.ts'

const AT_EMPTY_PATH = 0x1000
const O_CLOEXEC = 0o2000000

const descriptors = new Set<number>()

/** A copy of a mount, with a map, that is attached nowhere. It stays until {@link closeDetached}. */
export function openDetached({ source, map }: Requests['detached.open']): Reply<'detached.open'> {
  using namespace = createUserNamespace(toPair<'disk', 'host'>(map))
  const mount = openIdmappedCopy(here(), { source }, { idmap: namespace.fd })
  descriptors.add(mount)
  return { mount }
}

/**
 * Asks for another map, or none, for the mount itself: open_tree_attr(2) without OPEN_TREE_CLONE. It is a mistake of the
 * kernel's to do so, therefore the library has no such call.
 */
export function changeDetached({ mount, map }: Requests['detached.change']): void {
  using namespace = map === null ? undefined : createUserNamespace(toPair<'disk', 'host'>(map))
  const change = namespace === undefined ? {} : { idmap: namespace.fd }
  const attributes = encodeMountAttributes(change, { replace: namespace === undefined })
  const args = [mount, '', AT_EMPTY_PATH | O_CLOEXEC, attributes, MOUNT_ATTR_BYTES]
  closeFd(here(), call(here(), 'open_tree_attr', args, [`fd ${mount}`, describeChange(change) || '-MOUNT_ATTR_IDMAP']))
}

/** Whose its root directory is. */
export function statDetached({ mount }: Requests['detached.stat']): Reply<'detached.stat'> {
  return statusOf(here(), { fd: mount })
}

export function closeDetached(): void {
  for (const fd of descriptors) fs.closeSync(fd)
  descriptors.clear()
}

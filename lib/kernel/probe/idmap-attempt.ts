import { type Caller, here, tryCall } from '../caller.ts'
import { closeFd, setIdmap } from '../mount.ts'
import { MOUNT_ATTR_BYTES } from '../mount-attributes.ts'
import { statusOf } from '../statx.ts'
import { type Answer, no, present, tried } from './answer.ts'
import { TRIED_MAP, type Workshop } from './workshop.ts'

const AT_EMPTY_PATH = 0x1000

const reasons = {
  EINVAL: 'the file system does not let its mounts be idmapped',
  ENOSYS: 'this kernel has no mount_setattr(2), which came with Linux 5.12',
}

/** mount_setattr(2): asked to change nothing, it answers 0, or EPERM for want of privilege, if it is there at all. */
export function probeMountSetattr(): Answer {
  const result = tryCall(here(), 'mount_setattr', [
    -1,
    '',
    AT_EMPTY_PATH,
    Buffer.alloc(MOUNT_ATTR_BYTES),
    MOUNT_ATTR_BYTES,
  ])
  return present(result, ['EPERM'], 'mount_setattr(2) came with Linux 5.12')
}

/**
 * Gives a detached mount, a descriptor of the caller, the tried map and looks whether an owner changed as the map says; then
 * closes it. The caller is the workshop's task or this process: the namespace has the same number in both.
 */
export function attemptIdmap(caller: Caller, mountFd: number, { namespace }: Workshop, detail?: string): Answer {
  try {
    return tried(() => {
      const before = statusOf(caller, { fd: mountFd }).uid
      setIdmap(caller, mountFd, namespace.fd)
      const after = statusOf(caller, { fd: mountFd }).uid
      const wanted = TRIED_MAP.lookup(before)
      if (wanted !== undefined && after !== wanted)
        return no(`the kernel took the map and shows disk uid ${before} as ${after}, not ${wanted}`)
      return detail === undefined ? undefined : { state: 'yes', detail }
    }, reasons)
  } finally {
    closeFd(caller, mountFd)
  }
}

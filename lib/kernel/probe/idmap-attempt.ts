import { closeFd, setIdmap } from '../mount.ts'
import { statusOf } from '../statx.ts'
import { type Answer, no, tried } from './answer.ts'
import { TRIED_MAP, type Workshop } from './workshop.ts'

const reasons = {
  EINVAL: 'the file system does not let its mounts be idmapped',
  ENOSYS: 'this kernel has no mount_setattr(2), which came with Linux 5.12',
}

/** Gives a detached mount, a descriptor of the workshop's task, the tried map and looks whether an owner changed as the map says. Closes it. */
export function attemptIdmap({ task, namespace }: Workshop, mountFd: number, detail?: string): Answer {
  try {
    return tried(() => {
      const before = statusOf(task, { fd: mountFd }).uid
      setIdmap(task, mountFd, namespace.fd)
      const after = statusOf(task, { fd: mountFd }).uid
      const wanted = TRIED_MAP.lookup(before)
      if (wanted !== undefined && after !== wanted)
        return no(`the kernel took the map and shows disk uid ${before} as ${after}, not ${wanted}`)
      return detail === undefined ? undefined : { state: 'yes', detail }
    }, reasons)
  } finally {
    closeFd(task, mountFd)
  }
}

import { type Caller, call } from './caller.ts'
import { closeFd } from './mount.ts'

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000
/** include/uapi/linux/fs.h: `_IOWR('X', 119, int)` and `_IOWR('X', 120, int)`. */
const FIFREEZE = 0xc0045877
const FITHAW = 0xc0045878

/**
 * Brings the file system at `path` to rest: all that was done in it is on its device, and its journal is empty. ioctl(2) FIFREEZE,
 * CAP_SYS_ADMIN. EOPNOTSUPP: a file system that cannot; EBUSY: somebody else has frozen it.
 */
export function settle(caller: Caller, path: string): void {
  const fd = call(caller, 'openat', [AT_FDCWD, path, O_CLOEXEC, 0], [path, 'O_RDONLY'])
  try {
    call(caller, 'ioctl', [fd, FIFREEZE, 0], [path, 'FIFREEZE'])
    // At once: nobody could unmount or thaw what a process that was killed meanwhile left frozen.
    call(caller, 'ioctl', [fd, FITHAW, 0], [path, 'FITHAW'])
  } finally {
    closeFd(caller, fd)
  }
}

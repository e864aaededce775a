import { type Caller, call } from './caller.ts'
import { closeFd } from './mount.ts'

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000
/** include/uapi/linux/fs.h: `_IOWR('X', 119, int)` and `_IOWR('X', 120, int)`. */
const FIFREEZE = 0xc0045877
const FITHAW = 0xc0045878

/**
 * Brings the file system at `path` to rest: all of it is on its device, its journal is empty, and whoever writes waits until
 * {@link thaw}. ioctl(2) FIFREEZE, CAP_SYS_ADMIN. EOPNOTSUPP: a file system that cannot; EBUSY: it is frozen already.
 */
export function freeze(caller: Caller, path: string): void {
  ask(caller, path, FIFREEZE, 'FIFREEZE')
}

/** Lets a frozen file system go on. EINVAL: it is not frozen. */
export function thaw(caller: Caller, path: string): void {
  ask(caller, path, FITHAW, 'FITHAW')
}

function ask(caller: Caller, path: string, request: number, name: string): void {
  const fd = call(caller, 'openat', [AT_FDCWD, path, O_CLOEXEC, 0], [path, 'O_RDONLY'])
  try {
    call(caller, 'ioctl', [fd, request, 0], [path, name])
  } finally {
    closeFd(caller, fd)
  }
}

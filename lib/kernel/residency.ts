import { type Caller, call, tryCall } from './caller.ts'
import { closeFd } from './mount.ts'

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000
const PROT_READ = 1
const MAP_SHARED = 1
const PAGE = 4096

/**
 * Which pages of a file are in memory, the first ones, by mincore(2): a `1` or a `0` a page. Since Linux 5.2 (134fca9063ad)
 * somebody who neither owns the file nor may write it is told `1` for all of them.
 */
export function residentPages(caller: Caller, path: string, pages: number): string {
  const fd = call(caller, 'openat', [AT_FDCWD, path, O_CLOEXEC, 0], [path, 'O_RDONLY'])
  try {
    const address = call(caller, 'mmap', [0, pages * PAGE, PROT_READ, MAP_SHARED, fd, 0], [path, 'MAP_SHARED'])
    try {
      const answer = caller.scratch.reserve(pages)
      call(caller, 'mincore', [address, pages * PAGE, answer.address], [path, `${pages} pages`])
      return [...answer.bytes].map(byte => byte & 1).join('')
    } finally {
      tryCall(caller, 'munmap', [address, pages * PAGE])
    }
  } finally {
    closeFd(caller, fd)
  }
}

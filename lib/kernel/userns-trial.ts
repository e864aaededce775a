import { IdMap } from '../idmap/map.ts'
import type { Half } from '../idmap/problem.ts'
import type { Caller } from './caller.ts'
import { SyscallError } from './errno.ts'
import { Task } from './task.ts'
import { createUserNamespace, UserNamespace } from './userns.ts'

/** Which of a user namespace's maps were not written; none when that cannot be found out. `fd` is the caller's. */
export function unwrittenHalves(caller: Caller, fd: number): readonly Half[] {
  try {
    using namespace = UserNamespace.open(descriptorPath(caller, fd))
    const maps = namespace.maps()
    return (['uid', 'gid'] as const).filter(half => maps[half].extents.length === 0)
  } catch (error) {
    if (error instanceof SyscallError) return []
    throw error
  }
}

/** Does something with a user namespace that exists for nothing else; `false` when none could be made. */
export function withThrowawayNamespace(use: (fd: number) => boolean): boolean {
  const one = IdMap.of<'disk', 'host'>([{ from: 0, to: 0, count: 1 }])
  try {
    using namespace = createUserNamespace({ uid: one, gid: one })
    return use(namespace.fd)
  } catch (error) {
    if (error instanceof SyscallError) return false
    throw error
  }
}

function descriptorPath(caller: Caller, fd: number): string {
  const pid = caller instanceof Task ? caller.pid : 'self'
  return `/proc/${pid}/fd/${fd}`
}

import { IdMap } from '../../idmap/map.ts'
import { call } from '../caller.ts'
import { makeDirectory } from '../files.ts'
import { mountFilesystem } from '../mount.ts'
import { CLONE_NEWNS, Task } from '../task.ts'
import { createUserNamespace, type UserNamespace } from '../userns.ts'

/** Every Linux has it, and in the workshop's mount namespace nobody needs what is in it. */
const PLACE = '/proc'
const MS_REC_PRIVATE = 0x4000 | (1 << 18)

/** The map that is tried: low enough for every owner there is in a new file system. */
export const TRIED_MAP = IdMap.of<'disk', 'host'>([{ from: 0, to: 100000, count: 65536 }])

/** A second map, to be told from the first. */
export const OTHER_MAP = IdMap.of<'disk', 'host'>([{ from: 0, to: 200000, count: 65536 }])

/**
 * Where things are mounted to see whether they can be: a task in a mount namespace of its own, whose mounts nobody else
 * sees and which end with it, however it ends.
 */
export type Workshop = Disposable & {
  readonly task: Task
  /** With {@link TRIED_MAP}; the descriptor has the same number in the task. */
  readonly namespace: UserNamespace
  /** Another, with {@link OTHER_MAP}. */
  readonly otherNamespace: UserNamespace
  /** A tmpfs, with the empty directories `one` and `two` in it. */
  readonly directory: string
}

/** Opens a workshop, which needs CAP_SYS_ADMIN and user namespaces. */
export function openWorkshop(): Workshop {
  const namespace = createUserNamespace({ uid: TRIED_MAP, gid: TRIED_MAP })
  const otherNamespace = createUserNamespace({ uid: OTHER_MAP, gid: OTHER_MAP })
  const task = new Task({
    flags: CLONE_NEWNS,
    name: 'a task in a mount namespace of its own',
    keep: [namespace.fd, otherNamespace.fd],
  })
  const close = () => {
    task.close()
    namespace.close()
    otherNamespace.close()
  }
  try {
    furnish(task)
  } catch (error) {
    close()
    throw error
  }
  return { task, namespace, otherNamespace, directory: PLACE, [Symbol.dispose]: close }
}

function furnish(task: Task): void {
  call(task, 'mount', ['none', '/', 0, MS_REC_PRIVATE, 0], ['/', 'private'])
  mountFilesystem(task, { source: 'probe', target: PLACE, type: 'tmpfs', options: 'mode=0755' })
  for (const name of ['one', 'two']) makeDirectory(task, `${PLACE}/${name}`)
}

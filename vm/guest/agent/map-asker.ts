import { statmountMap } from '../../../lib/kernel/statmount.ts'
import { locatedStatusOf } from '../../../lib/kernel/statx.ts'
import { Task, TaskEndedError } from '../../../lib/kernel/task.ts'
import type { Reply, Requests } from '../protocol.ts'

/** Has a process of its own ask statmount(2) for the uid map of the mount at a path: the kernels of which that is asked may kill who does. */
export function askForMap({ path }: Requests['mount.askForMap']): Reply<'mount.askForMap'> {
  using asker = new Task({ name: 'who asks for the map' })
  try {
    const map = statmountMap(asker, locatedStatusOf(asker, path).uniqueMountId ?? 0n, 'uid')
    return {
      killed: false,
      map: map === undefined ? null : map.extents.map(({ from, to, count }) => [from, to, count]),
    }
  } catch (error) {
    if (error instanceof TaskEndedError) return { killed: true, map: null }
    throw error
  }
}

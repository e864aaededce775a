import type { Half } from '../idmap/problem.ts'
import { call, here, tryCall } from './caller.ts'
import { enterNamespace } from './namespaces.ts'
import { Task } from './task.ts'
import { readExtents } from './userns-maps.ts'

/** A task that has entered a user namespace, with every capability there, and still the ids and the mounts of this process. */
export function taskInNamespace(namespace: { readonly fd: number }, name: string): Task {
  const task = new Task({ name, keep: [namespace.fd] })
  try {
    enterNamespace(task, namespace.fd, 'user')
    return task
  } catch (error) {
    task.close()
    throw error
  }
}

/**
 * Gives a task in a user namespace the first uid and gid the namespace has, and no other groups; it keeps its capabilities.
 * Only somebody with an id in a namespace can make files, mounts or further namespaces in it (create_user_ns():
 * kuid_has_mapping()). EINVAL: the namespace has no ids yet.
 */
export function becomeSomebody(task: Task): void {
  const first = (half: Half) => readExtents(here(), task.pid, half)[0]?.from ?? 0
  const [uid, gid] = [first('uid'), first('gid')]
  // Refused where the namespace’s setgroups file says deny: then there is nothing to lose either.
  tryCall(task, 'setgroups', [0, 0])
  call(task, 'setresgid', [gid, gid, gid])
  call(task, 'setresuid', [uid, uid, uid])
}

import { tryCall } from './caller.ts'
import { closeFd } from './mount.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from './task.ts'

const FSCONFIG_CMD_CREATE = 6
const FSOPEN_CLOEXEC = 1
// A superblock of proc, sysfs, mqueue or cgroup belongs to whoever owns the process's pid, network, ipc or cgroup namespace.
const CLONE_NEWCGROUP = 0x2000000
const CLONE_NEWIPC = 0x8000000
const CLONE_NEWPID = 0x20000000
const CLONE_NEWNET = 0x40000000

/** A process with every capability in new namespaces of every kind, and none outside: the root of a container without a map. */
export function newcomer(): Task {
  const kinds = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWCGROUP
  return new Task({ flags: kinds, name: 'a task in new namespaces of its own' })
}

/**
 * Whether the root of a container may make superblocks of a file system (FS_USERNS_MOUNT), found out by trying as far as
 * that question: the kernel asks it (mount_capable()) before it looks at any option. The errno of the refusal, 0 for none:
 * EPERM is no; anything else comes later and so is yes, but ENODEV: this kernel has no such file system.
 * fsopen(2), fsconfig(2): Linux 5.2.
 */
export function tryFsopenAs(task: Task, type: string): number {
  const context = tryCall(task, 'fsopen', [type, FSOPEN_CLOEXEC])
  if (context < 0) return -context
  try {
    return -tryCall(task, 'fsconfig', [context, FSCONFIG_CMD_CREATE, 0, 0, 0])
  } finally {
    closeFd(task, context)
  }
}

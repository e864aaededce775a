import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { here } from '../../../../lib/kernel/caller.ts'
import { become } from '../../../../lib/kernel/credentials.ts'
import { DiagnosedError } from '../../../../lib/kernel/diagnosis.ts'
import { errnoName } from '../../../../lib/kernel/errno.ts'
import { changeMount, openIdmappedCopy } from '../../../../lib/kernel/idmapped-copy.ts'
import { idmapMount } from '../../../../lib/kernel/idmapped-mount.ts'
import { bindMount, closeFd, openDetachedCopy, unmount } from '../../../../lib/kernel/mount.ts'
import { enterNamespace, unshareNamespace } from '../../../../lib/kernel/namespaces.ts'
import { CLONE_NEWUSER, Task } from '../../../../lib/kernel/task.ts'
import { createUserNamespace, type UserNamespace } from '../../../../lib/kernel/userns.ts'
import { becomeSomebody } from '../../../../lib/kernel/userns-entry.ts'
import { runsAtLeast } from '../running-kernel.ts'
import { both, type Check, map, mountsOn, refusalOf, type Stage } from './stage.ts'

/** Every reason for which an idmapped mount is refused has a code of its own, and leaves nothing behind. */
export const refusals: readonly Check[] = [
  {
    sentence: 'a mount that has a map: MOUNT_ALREADY_IDMAPPED',
    run: stage => {
      using _mount = idmapMount({ source: stage.source, target: stage.target, map })
      const other = path.join(stage.directory, 'other')
      refused('MOUNT_ALREADY_IDMAPPED EPERM', () => idmapMount({ source: stage.target, target: other, map }))
    },
  },
  {
    sentence: 'a mount that is attached: MOUNT_ATTACHED',
    run: stage => {
      using userns = createUserNamespace(map)
      bindMount(here(), stage.source, stage.target)
      const fd = fs.openSync(stage.target, 'r')
      try {
        refused('MOUNT_ATTACHED EINVAL', () => changeMount(here(), fd, { idmap: userns.fd }))
      } finally {
        fs.closeSync(fd)
        unmount(here(), stage.target)
      }
    },
  },
  {
    sentence: 'the initial user namespace: USERNS_INITIAL',
    run: stage => fromNamespace(stage, 'USERNS_INITIAL EPERM', '/proc/self/ns/user'),
  },
  {
    sentence: 'a namespace without maps, or with one: USERNS_UNMAPPED, and which is missing (older kernels take it)',
    run: stage => {
      using task = new Task({ flags: CLONE_NEWUSER })
      unmapped(stage, task, /has no uid_map and gid_map: .*since Linux 6\.9/)
      fs.writeFileSync(`/proc/${task.pid}/uid_map`, '0 100000 1000\n')
      unmapped(stage, task, /has no gid_map: a mount’s map needs both halves/)
    },
  },
  {
    sentence: 'a namespace of another kind, or a file that is none: NOT_A_USERNS',
    run: stage => {
      fromNamespace(stage, 'NOT_A_USERNS EINVAL', '/proc/self/ns/mnt')
      fromNamespace(stage, 'NOT_A_USERNS EINVAL', path.join(stage.directory, 'plain-file'))
    },
  },
  {
    sentence: 'a user namespace opened with O_PATH: NOT_A_USERNS, and how to open it',
    run: stage => {
      const O_PATH = 0o10000000
      const fd = fs.openSync('/proc/self/ns/user', O_PATH)
      const error = fromNamespace(stage, 'NOT_A_USERNS EBADF', fd)
      assert.match(error.message, /was opened with O_PATH: open it for reading/)
      fs.closeSync(fd)
    },
  },
  {
    sentence: 'a descriptor that is closed: DESCRIPTOR_CLOSED',
    run: stage => {
      const fd = fs.openSync('/proc/self/ns/user', 'r')
      fs.closeSync(fd)
      fromNamespace(stage, 'DESCRIPTOR_CLOSED EBADF', fd)
      fromNamespace(stage, 'DESCRIPTOR_CLOSED EINVAL', -1)
      using userns = createUserNamespace(map)
      refused('DESCRIPTOR_CLOSED EBADF', () => changeMount(here(), 999, { idmap: userns.fd }))
    },
  },
  {
    sentence: 'a namespace that was closed before: the error of who used it, without asking the kernel',
    run: stage => {
      const userns = createUserNamespace(map)
      userns.close()
      const error = refusalOf(() => idmapMount({ source: stage.source, target: stage.target, userns }))
      assert.equal(error.name, 'ClosedError')
    },
  },
  {
    sentence: 'a file open for writing through the mount: MOUNT_BUSY',
    run: stage => {
      using userns = createUserNamespace(map)
      const copy = openDetachedCopy(here(), stage.source)
      const writer = fs.openSync(`/proc/self/fd/${copy}/${stage.file.name}`, 'a')
      refused('MOUNT_BUSY EBUSY', () => changeMount(here(), copy, { idmap: userns.fd }))
      fs.closeSync(writer)
      closeFd(here(), copy)
    },
  },
  {
    sentence: 'a caller without power over its mount namespace: NO_CAP_OVER_MOUNTS, and where',
    run: stage => {
      using userns = createUserNamespace(map)
      using user = new Task({ name: 'uid 1000', keep: [userns.fd] })
      become(user, { uid: 1000, gid: 1000 })
      const error = refused('NO_CAP_OVER_MOUNTS EPERM', () => copyBy(user, stage, userns))
      assert.match(error.message, /no CAP_SYS_ADMIN in the initial user namespace, which owns the mount namespace/)
    },
  },
  {
    sentence: 'a container’s root in the host’s mount namespace: NO_CAP_OVER_MOUNTS too',
    run: stage => {
      using box = createUserNamespace(both<'container', 'host'>([0, 300000, 65536]))
      using root = rootOf(box, box)
      const error = refused('NO_CAP_OVER_MOUNTS EPERM', () => copyBy(root, stage, box))
      assert.match(error.message, /a user namespace further out than the caller’s own/)
    },
  },
  {
    sentence: 'a caller without power over the namespace of the map: NO_CAP_OVER_USERNS',
    run: stage => {
      using box = createUserNamespace(both<'container', 'host'>([0, 300000, 65536]))
      using another = createUserNamespace(map)
      using root = rootOf(box, another)
      unshareNamespace(root, 'mnt')
      refused('NO_CAP_OVER_USERNS EPERM', () => copyBy(root, stage, another))
    },
  },
  {
    sentence: 'a caller without power over the file system: NO_CAP_OVER_SUPERBLOCK',
    run: stage => {
      using box = createUserNamespace(both<'container', 'host'>([0, 300000, 65536]))
      using own = createUserNamespace(both<'disk', 'container'>([0, 10, 100]), { parent: box })
      using root = rootOf(box, own)
      unshareNamespace(root, 'mnt')
      refused('NO_CAP_OVER_SUPERBLOCK EPERM', () => copyBy(root, stage, own))
    },
  },
  {
    sentence: 'a source that is not there: PATH_MISSING',
    run: stage => {
      const source = path.join(stage.source, 'absent')
      const absent = refused('PATH_MISSING ENOENT', () => idmapMount({ source, target: stage.target, map }))
      assert.match(absent.message, /^the source .*absent is not there/)
      assert.deepEqual(mountsOn(stage), [])
    },
  },
  {
    sentence: 'a container whose process is not there: NO_SUCH_PROCESS',
    run: stage => {
      const { source, target } = stage
      refused('NO_SUCH_PROCESS ENOENT', () => idmapMount({ source, target, passthrough: 2 ** 22 + 1 }))
    },
  },
  {
    sentence: 'a target that is not there, or is a file under a directory: nothing is mounted',
    run: stage => {
      const mountOn = (target: string) => () => idmapMount({ source: stage.source, target, map })
      const absent = refused('PATH_MISSING ENOENT', mountOn(`${stage.target}/absent`))
      assert.match(
        absent.message,
        /^the target .*absent is not there: make it, or mend the path \(move_mount: ENOENT\)$/,
      )
      const file = path.join(stage.directory, 'plain-file')
      assert.match(
        refused('PATH_MISSING ENOTDIR', mountOn(`${file}/in-it`)).message,
        /a part of the path is no directory/,
      )
      const other = refusalOf(mountOn(file))
      assert.match(other.message, /^the source .* is a directory and the target .*plain-file a file: /)
      assert.equal((other as DiagnosedError).code, 'TARGET_OF_OTHER_KIND')
      assert.deepEqual(mountsOn(stage), [])
    },
  },
]

function refused(expected: string, act: () => unknown): DiagnosedError {
  const error = refusalOf(act)
  assert.ok(error instanceof DiagnosedError, `not looked into: ${error.message}`)
  assert.equal(`${error.code} ${errnoName(error.errno)}`, expected, error.message)
  return error
}

function fromNamespace(stage: Stage, expected: string, userns: string | number): DiagnosedError {
  const error = refused(expected, () => idmapMount({ source: stage.source, target: stage.target, userns }))
  assert.deepEqual(mountsOn(stage), [])
  return error
}

// The kernel looks for both maps somewhere from Linux 6.9 to 6.11 on.
function unmapped(stage: Stage, task: Task, sentence: RegExp): void {
  const act = () => idmapMount({ source: stage.source, target: stage.target, passthrough: task.pid }).close()
  if (!runsAtLeast('6.9')) act()
  else assert.match(refused('USERNS_UNMAPPED EINVAL', act).message, sentence)
}

function copyBy(caller: Task, { source }: Stage, userns: UserNamespace): void {
  closeFd(caller, openIdmappedCopy(caller, { source }, { idmap: userns.fd }))
}

/** The root user of a user namespace, in the mounts of this process, with a descriptor of another. */
function rootOf(box: UserNamespace, other: UserNamespace): Task {
  const task = new Task({ name: 'box root', keep: [box.fd, other.fd] })
  enterNamespace(task, box.fd, 'user')
  becomeSomebody(task)
  return task
}

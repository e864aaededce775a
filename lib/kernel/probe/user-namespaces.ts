import fs from 'node:fs'
import { IdMap } from '../../idmap/map.ts'
import { call, here } from '../caller.ts'
import { errnoName, SyscallError } from '../errno.ts'
import { createSuperblock, mountContext, openFilesystem } from '../filesystem-context.ts'
import { setIdmap } from '../mount.ts'
import { enterNamespace, unshareNamespace } from '../namespaces.ts'
import { statusOf } from '../statx.ts'
import { CLONE_NEWUSER, Task } from '../task.ts'
import { createUserNamespace } from '../userns.ts'
import { newcomer, tryFsopenAs } from '../userns-mountable.ts'
import { whyNoUserNamespace } from '../userns-refusal.ts'
import { type Answer, no, tried, unknown, yes } from './answer.ts'

const NOBODY = 65534
const UNCHANGED = 0xffffffff
const MOST_TRIED = 400

/** Whether this process can make a user namespace. */
export function probeUserNamespaces(): Answer {
  return attemptNamespace()
}

/** Whether an ordinary user can, and has any power in it; tried as uid 65534 when this process is root. */
export function probeUnprivileged(): Answer {
  return process.geteuid?.() === 0 ? asNobody(attemptNamespace) : attemptNamespace()
}

/** Whether the root of a container can make a tmpfs of its own: fsopen(2), fsconfig(2) and fsmount(2) inside a user namespace. */
export function probeFsopenInside(): Answer {
  return tried(
    () => {
      using task = newcomer()
      mountTmpfs(task)
    },
    { ENOSYS: 'fsopen(2) came with Linux 5.2', EPERM: 'a tmpfs is not for user namespaces here' },
  )
}

/** Whether the root of a container can idmap a mount of a file system that it mounted itself. */
export function probeIdmapInside(): Answer {
  if (process.geteuid?.() !== 0) return unknown('CAP_SETUID and CAP_SETGID, to write the maps of two user namespaces')
  return tried(
    () => {
      using outer = createUserNamespace(pairOf(0, 100000, 1000))
      using inner = createUserNamespace(pairOf(0, 500, 100), { parent: outer })
      using task = new Task({ keep: [outer.fd, inner.fd], name: 'the root of a container' })
      enterNamespace(task, outer.fd, 'user')
      unshareNamespace(task, 'mnt')
      for (const name of ['setresgid', 'setresuid'] as const) call(task, name, [0, 0, 0])
      const mount = mountTmpfs(task)
      setIdmap(task, mount, inner.fd)
      const shown = statusOf(task, { fd: mount }).uid
      return shown === 500
        ? yes('tried with a tmpfs')
        : no(`the kernel took the map and shows uid 0 as ${shown}, not 500`)
    },
    {
      ENOSYS: 'mount_setattr(2) came with Linux 5.12',
      EINVAL: 'no file system that a container may mount lets its mounts be idmapped (tmpfs does since Linux 6.3)',
      EPERM: 'only the initial user namespace may idmap mounts (until Linux 5.17)',
    },
  )
}

/** How many extents one map may have: the most that were taken of {@link MOST_TRIED}. */
export function probeExtents(): { readonly answer: Answer; readonly most: number | undefined } {
  if (process.geteuid?.() !== 0)
    return { answer: unknown('CAP_SETUID and CAP_SETGID, to write a map of many extents'), most: undefined }
  if (!takes(1)) return { answer: unknown('a user namespace whose map can be written'), most: undefined }
  let [most, refused] = [1, MOST_TRIED + 1]
  while (refused - most > 1) {
    const middle = (most + refused) >> 1
    if (takes(middle)) most = middle
    else refused = middle
  }
  return { answer: yes(`${most} extents are taken, ${most + 1} are not`), most }
}

/** user.max_user_namespaces, per user of the namespace this process is in; `undefined` on a kernel without user namespaces. */
export function maxUserNamespaces(): number | undefined {
  try {
    return Number(fs.readFileSync('/proc/sys/user/max_user_namespaces', 'utf8'))
  } catch {
    return undefined
  }
}

function attemptNamespace(): Answer {
  try {
    using task = newcomer()
    const errno = tryFsopenAs(task, 'tmpfs')
    if (errno === 0) return yes()
    return no(
      'one can be made, but gives no power: a security module (AppArmor, SELinux) takes its capabilities',
      errnoName(errno),
    )
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    return no(whyNoUserNamespace(here(), error)?.sentence ?? error.message, errnoName(error.errno))
  }
}

// Of this thread alone, as system calls change ids; the saved uid keeps the way back open.
function asNobody<T>(act: () => T): T {
  call(here(), 'setresuid', [UNCHANGED, NOBODY, UNCHANGED], ['effective uid 65534'])
  try {
    return act()
  } finally {
    call(here(), 'setresuid', [UNCHANGED, 0, UNCHANGED], ['effective uid 0'])
  }
}

function mountTmpfs(task: Task): number {
  const context = openFilesystem(task, 'tmpfs')
  createSuperblock(task, context)
  return mountContext(task, context)
}

function takes(extents: number): boolean {
  // Two apart, or the kernel would still take them but a reader would join them; from 2 on, as id 0 asks for more (CAP_SETFCAP).
  const lines = Array.from({ length: extents }, (_, index) => `${2 * index + 2} ${2 * index + 2} 1\n`)
  try {
    // In a chroot there is no user namespace to be had: then nothing can be found out.
    using task = new Task({ flags: CLONE_NEWUSER })
    fs.writeFileSync(`/proc/${task.pid}/uid_map`, lines.join(''))
    return true
  } catch {
    return false
  }
}

function pairOf(from: number, to: number, count: number) {
  const map = <From extends string, To extends string>() => IdMap.of<From, To>([{ from, to, count }])
  return { uid: map<'container', 'host'>(), gid: map<'container', 'host'>() }
}

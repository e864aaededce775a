import fs from 'node:fs'
import { IdMap } from '../idmap/map.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { ArgumentError } from './argument-error.ts'
import { here } from './caller.ts'
import { Descriptor } from './descriptor.ts'
import { diagnosed } from './diagnosis.ts'
import { throughNode } from './errno.ts'
import { unshareNamespace } from './namespaces.ts'
import { whyNotOpened } from './path-refusal.ts'
import { CLONE_NEWUSER, Task } from './task.ts'
import { becomeSomebody, taskInNamespace } from './userns-entry.ts'
import { readExtents, writeIdMaps } from './userns-maps.ts'
import { whyNoUserNamespace } from './userns-refusal.ts'

/**
 * A user namespace held open by a descriptor of this process: it lives as long as that, or anything else in it or of it.
 * Whoever gets one closes it; one forgotten is closed by the garbage collector, with a warning (`IDMAPLAB_LEAK`).
 */
export class UserNamespace extends Descriptor {
  /** Its number, as `readlink /proc/PID/ns/user` shows it: the same for every descriptor of the same namespace. */
  readonly inode: number

  private constructor(fd: number) {
    const inode = fs.fstatSync(fd).ino
    super(fd, `the user namespace ${inode}`)
    this.inode = inode
  }

  /** The namespace at a path: `/proc/PID/ns/user`, or a file it is pinned to. Whether it is one shows when it is used. */
  static open(path: string): UserNamespace {
    const open = () => new UserNamespace(throughNode([path], () => fs.openSync(path, 'r')))
    return diagnosed(open, refused => whyNotOpened(refused, 'the user namespace', path))
  }

  /** The namespace process `pid` is in. NO_SUCH_PROCESS, or NO_CAP_OVER_PROCESS: it is not ours to look at. */
  static of(pid: number): UserNamespace {
    return UserNamespace.open(`/proc/${pid}/ns/user`)
  }

  /** A second descriptor of the namespace another descriptor of this process is of; that one stays its owner's. */
  static ofDescriptor(fd: number): UserNamespace {
    return UserNamespace.open(`/proc/self/fd/${fd}`)
  }

  /**
   * Its maps, read back from the kernel: what an inner id is in the user namespace of this process. Empty halves are
   * not written yet. Needs CAP_SYS_ADMIN over the namespace, as a task has to enter it for that.
   */
  maps<Inside extends string = 'container'>(): IdMapPair<Inside, 'host'> {
    if (this.inode === fs.statSync('/proc/self/ns/user').ino) return readMaps('self')
    using task = taskInNamespace(this, `a task in ${this.what}`)
    return readMaps(task.pid)
  }
}

/**
 * A new user namespace with `pair` as its maps. No program is started: a bare {@link Task} is born in the namespace, and
 * let go once the descriptor is open. For an idmapped mount the namespace's inner ids are the disk's and its outer ids
 * the host's.
 *
 * With `parent` it is nested in that namespace: the outer ids are then those of the parent's inside, and extents
 * that reach over a border of the parent's map are cut there, as the kernel wants it.
 *
 * A refusal is a {@link DiagnosedError}: a limit, a switch of the system, or the extent the kernel would not have.
 * user_namespaces(7); extents up to 340 since Linux 4.15.
 */
export function createUserNamespace<Inside extends string, Outside extends string>(
  pair: IdMapPair<Inside, Outside>,
  options: { readonly parent?: UserNamespace } = {},
): UserNamespace {
  requirePair(pair)
  return options.parent === undefined ? child(pair) : nested(pair, options.parent)
}

/** Throws an `ArgumentError` for what is no pair of maps: a program without types may give anything. */
export function requirePair(pair: unknown): void {
  const { uid, gid } = (pair ?? {}) as Record<string, unknown>
  if (!(uid instanceof IdMap) || !(gid instanceof IdMap))
    throw new ArgumentError('a map of uids and one of gids are needed, each an IdMap: see pairOf and mapPair')
}

function child<Inside extends string, Outside extends string>(pair: IdMapPair<Inside, Outside>): UserNamespace {
  using task = diagnosed(
    () => new Task({ flags: CLONE_NEWUSER }),
    refused => whyNoUserNamespace(here(), refused),
  )
  writeIdMaps(task.pid, pair)
  return UserNamespace.of(task.pid)
}

// Two tasks: the maps of a namespace can be written only from inside it or from its parent, and a process here is in neither.
function nested<Inside extends string, Outside extends string>(
  pair: IdMapPair<Inside, Outside>,
  parent: UserNamespace,
): UserNamespace {
  using writer = taskInNamespace(parent, 'the writer of its maps')
  using inside = taskInNamespace(parent, 'the first in it')
  becomeSomebody(inside)
  diagnosed(
    () => unshareNamespace(inside, 'user'),
    refused => whyNoUserNamespace(inside, refused, parent),
  )
  writeIdMaps(inside.pid, pair, writer)
  return UserNamespace.of(inside.pid)
}

function readMaps<Inside extends string>(pid: number | 'self'): IdMapPair<Inside, 'host'> {
  const halves = { uid: readExtents(here(), pid, 'uid'), gid: readExtents(here(), pid, 'gid') }
  const read = (half: Half) => IdMap.of<Inside, 'host'>(halves[half], { to: 'host', half })
  return { uid: read('uid'), gid: read('gid') }
}

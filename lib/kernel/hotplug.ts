import fs from 'node:fs'
import { call, here } from './caller.ts'
import { changeRoot } from './credentials.ts'
import { errnoName, SyscallError, throughNode } from './errno.ts'
import { type CopiedMount, openIdmappedCopy } from './idmapped-copy.ts'
import { MountGoneError } from './idmapped-mount.ts'
import { type MapSource, withNamespace } from './map-source.ts'
import { attach, closeFd, unmount } from './mount.ts'
import type { MountAttributes } from './mount-attributes.ts'
import { treeIn } from './mount-lookup.ts'
import { readMountinfo } from './mountinfo.ts'
import { enterNamespace, openPidfd, requireAlive } from './namespaces.ts'
import { mountIdOf } from './statx.ts'
import { Task } from './task.ts'

/** What is to be put into which container, and where in it. */
export type HotplugRequest = CopiedMount &
  MapSource &
  MountAttributes & {
    /** A process of the container; its first one is the best, as the mount is taken out through it too. */
    readonly pid: number
    /** As that process sees it, from its root directory; must exist, and be a directory if `source` is one. */
    readonly target: string
  }

/**
 * Puts an idmapped mount of a path of this process into a running container. It is made and mapped out here, detached; a
 * {@link Task} then enters the container's mount namespace and root directory and attaches it there, so that links in the
 * container lead nowhere but into the container. Nothing is left when it fails. Unless `propagation` says otherwise the
 * mount is private: mounts made below the source later stay out here.
 *
 * Linux 5.12 and CAP_SYS_ADMIN over the container's namespaces. With `passthrough: pid` the ids on the disk are those in
 * the container.
 */
export function hotplugMount(request: HotplugRequest): HotpluggedMount {
  const { pid, target, recursive = false } = request
  return withNamespace(request, idmap => {
    const copy = openIdmappedCopy(here(), request, { propagation: 'private', ...request, idmap })
    try {
      using visitor = visit(pid, [copy])
      attach(visitor.task, copy, target)
      const mountId = mountIdOf(here(), { fd: copy })
      return new HotpluggedMount({
        ...{ pid, mountId, recursive, namespace: visitor.namespace },
        target: placeOf(visitor.task, mountId),
      })
    } finally {
      closeFd(here(), copy)
    }
  })
}

// The task’s own mountinfo: paths from its root directory, which is the container’s, without any link.
function placeOf(task: Task, mountId: number): string {
  const entry = readMountinfo(here(), task.pid).find(candidate => candidate.mountId === mountId)
  if (entry === undefined) throw new MountGoneError(`a path of ${task.name}`)
  return entry.mountPoint
}

type Place = {
  readonly pid: number
  readonly target: string
  readonly mountId: number
  readonly namespace: number
  readonly recursive: boolean
}

/** A mount in a container. It stays until it is closed, or the container ends. */
export class HotpluggedMount implements Disposable {
  readonly pid: number
  /** As the container sees it, without links. */
  readonly target: string
  /** Its number in the container's mountinfo. */
  readonly mountId: number
  readonly #namespace: number
  readonly #recursive: boolean
  #closed = false

  constructor({ pid, target, mountId, namespace, recursive }: Place) {
    this.pid = pid
    this.target = target
    this.mountId = mountId
    this.#namespace = namespace
    this.#recursive = recursive
  }

  /**
   * Takes it out again, one that is `recursive` with the mounts below it; `lazy` even when something in it is in use (else
   * EBUSY). When the container has ended there is nothing to do. Throws a `MountGoneError` when something else is mounted there now.
   */
  close(options: { readonly lazy?: boolean } = {}): void {
    if (this.#closed) return
    using visitor = visitIfAlive(this.pid)
    if (visitor?.namespace === this.#namespace) {
      if (mountIdOf(visitor.task, this.target) !== this.mountId) throw new MountGoneError(this.target)
      for (const place of this.#places(visitor.task, options.lazy)) unmount(visitor.task, place, options)
    }
    this.#closed = true
  }

  /** Takes the mount out again; for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  #places(task: Task, lazy = false): readonly string[] {
    if (!this.#recursive || lazy) return [this.target]
    const tree = treeIn(readMountinfo(here(), task.pid), this.mountId)
    return tree.map(({ mountPoint }) => mountPoint).toReversed()
  }
}

type Visitor = Disposable & {
  readonly task: Task
  /** The number of the mount namespace it is in. */
  readonly namespace: number
}

/** A task in the mount namespace and root directory of process `pid`, with some descriptors of this process. ESRCH or ENOENT: it has ended. */
function visit(pid: number, keep: readonly number[]): Visitor {
  const pidfd = openPidfd(here(), pid)
  const opened = [pidfd]
  try {
    const mounts = openOf(pid, 'ns/mnt', fs.constants.O_RDONLY)
    opened.push(mounts)
    const root = openOf(pid, 'root', fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
    opened.push(root)
    // Its number may have been given to another process meanwhile: not if the first one still lives.
    requireAlive(here(), pidfd)
    const task = new Task({ name: `a task in the mount namespace of ${pid}`, keep: [...keep, mounts, root] })
    return enter(task, mounts, root)
  } finally {
    for (const fd of opened) closeFd(here(), fd)
  }
}

function enter(task: Task, mounts: number, root: number): Visitor {
  try {
    enterNamespace(task, mounts, 'mnt')
    call(task, 'fchdir', [root], ['the root directory of the container'])
    changeRoot(task, '.')
    return { task, namespace: fs.fstatSync(mounts).ino, [Symbol.dispose]: () => task.close() }
  } catch (error) {
    task.close()
    throw error
  }
}

function visitIfAlive(pid: number): Visitor | undefined {
  try {
    return visit(pid, [])
  } catch (error) {
    if (error instanceof SyscallError && ['ESRCH', 'ENOENT'].includes(errnoName(error.errno))) return undefined
    throw error
  }
}

function openOf(pid: number, what: string, flags: number): number {
  const file = `/proc/${pid}/${what}`
  return throughNode([file], () => fs.openSync(file, flags))
}

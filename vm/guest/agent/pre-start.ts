import fs from 'node:fs'
import { here } from '../../../lib/kernel/caller.ts'
import { changeRoot } from '../../../lib/kernel/credentials.ts'
import { openIdmappedCopy } from '../../../lib/kernel/idmapped-copy.ts'
import { withNamespace } from '../../../lib/kernel/map-source.ts'
import { attach, closeFd, openDetachedCopy } from '../../../lib/kernel/mount.ts'
import { setMountAttributes } from '../../../lib/kernel/mount-attributes.ts'
import { enterNamespace } from '../../../lib/kernel/namespaces.ts'
import { Task } from '../../../lib/kernel/task.ts'
import { UserNamespaceCache } from '../../../lib/kernel/userns-cache.ts'
import type { MountPoint } from '../protocol.ts'
import { toPair } from './wire.ts'

/** Where a container's root file system is attached, in the container's own mount namespace. */
export const ROOTFS = '/run/idmaplab/rootfs'

// One namespace a map, for as long as the agent lives: the kernel lets a mount forget its namespace (since Linux 6.9) or keeps it.
const namespaces = new UserNamespaceCache()

/**
 * What Proxmox's pre-start hook does for a container whose namespaces process `pid` is in: every mount point is staged as
 * a detached mount of ours, gets its map while nobody sees it, and is then attached relative to the root file system,
 * which is the mount point `/` and comes first.
 */
export function preStart(pid: number, mountPoints: readonly MountPoint[]): void {
  fs.mkdirSync(ROOTFS, { recursive: true })
  const opened = [fs.openSync(`/proc/${pid}/ns/mnt`, 'r')]
  try {
    for (const mountPoint of mountPoints) opened.push(stage(mountPoint, pid))
    using hook = new Task({ name: 'the pre-start hook', keep: opened })
    const [namespace = -1, ...staged] = opened
    enterNamespace(hook, namespace, 'mnt')
    mountPoints.forEach(({ target }, i) => {
      attachBelowRoot(hook, staged[i] ?? -1, target)
    })
  } finally {
    for (const fd of opened) closeFd(here(), fd)
  }
}

// Private, so that what is mounted below the source later stays out of the container.
function stage({ source, map }: MountPoint, pid: number): number {
  const propagation = 'private'
  if (map === null) {
    const copy = openDetachedCopy(here(), source)
    setMountAttributes(here(), copy, { propagation })
    return copy
  }
  const from = map === 'passthrough' ? { passthrough: pid } : { map: toPair<'disk', 'host'>(map), cache: namespaces }
  return withNamespace(from, idmap => openIdmappedCopy(here(), { source }, { idmap, propagation }))
}

// From the root file system on the hook is in it: a link in there leads nowhere else.
function attachBelowRoot(hook: Task, mount: number, target: string): void {
  attach(hook, mount, target === '/' ? ROOTFS : target)
  if (target === '/') changeRoot(hook, ROOTFS)
}

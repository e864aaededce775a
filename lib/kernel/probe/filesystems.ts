import fs from 'node:fs'
import { constants } from 'node:os'
import { here, tryCall } from '../caller.ts'
import { errnoName, SyscallError } from '../errno.ts'
import { createSuperblock, mountContext, openFilesystem, type Parameter, setParameter } from '../filesystem-context.ts'
import { attachLoopDevice, type LoopDevice } from '../loop.ts'
import { closeFd, openDetachedCopy } from '../mount.ts'
import { readMountinfo } from '../mountinfo.ts'
import { newcomer, tryFsopenAs } from '../userns-mountable.ts'
import { type Answer, no, tried, unknown, WITHOUT_PRIVILEGE, yes } from './answer.ts'
import { attemptIdmap, probeMountSetattr } from './idmap-attempt.ts'
import { hasRecipe, makeImage } from './images.ts'
import type { Workshop } from './workshop.ts'

/** What one file system of this kernel allows. */
export type FilesystemReport = {
  /** As in `/proc/filesystems`. */
  readonly type: string
  /** A mount of it can be given an id map (FS_ALLOW_IDMAP). */
  readonly idmappedMount: Answer
  /** The root of a container can mount one (FS_USERNS_MOUNT). */
  readonly inUserNamespace: Answer
}

/** File systems that let their mounts be idmapped in some kernel, whether or not this one has loaded them. */
const OFTEN_ASKED = [
  'ext4',
  'xfs',
  'btrfs',
  'f2fs',
  'vfat',
  'exfat',
  'ntfs3',
  'erofs',
  'squashfs',
  'tmpfs',
  'hugetlbfs',
  'overlay',
]
/** Without a device, made from nothing, and gone with their last mount; making one changes nothing for anybody else. */
const FROM_NOTHING = new Set([
  'tmpfs',
  'ramfs',
  'hugetlbfs',
  'proc',
  'sysfs',
  'devtmpfs',
  'devpts',
  'mqueue',
  'bpf',
  'cgroup2',
  'debugfs',
  'tracefs',
  'securityfs',
  'configfs',
  'pstore',
  'fusectl',
])
/** The kernel's own, which nobody can mount. */
const INTERNAL = new Set(['sockfs', 'pipefs', 'bdev', 'anon_inodefs', 'nsfs', 'pidfs', 'secretmem', 'rootfs'])
/** A server that is gone holds whoever looks, so their mounts are left alone. */
const REMOTE = new Set(['nfs', 'nfs4', 'cifs', 'smb3', 'ceph', 'afs', 'coda'])

/** The types to ask about: those the kernel has now, and those often asked about, whose modules asking may load. */
export function filesystemTypes(): readonly string[] {
  const lines = fs.readFileSync('/proc/filesystems', 'utf8').split('\n')
  const loaded = lines.map(line => line.split('\t')[1] ?? '').filter(type => type !== '' && !INTERNAL.has(type))
  return [...new Set([...loaded, ...OFTEN_ASKED])].sort()
}

/** Tries one file system. Without a workshop only what an ordinary user can find out. */
export function probeFilesystem(type: string, workshop: Workshop | undefined): FilesystemReport {
  return { type, idmappedMount: probeIdmap(type, workshop), inUserNamespace: probeContainers(type) }
}

/** A mount of `type` in the workshop, attached nowhere, for whom to try something on; or why there is none. */
export function detachedMount(type: string, { task, directory }: Workshop): { readonly fd: number } | Answer {
  if (FROM_NOTHING.has(type)) return made(type, task, {})
  if (type === 'overlay') return made(type, task, { lowerdir: `${directory}/one:${directory}/two` })
  if (!hasRecipe(type)) return unknown(`a mounted ${type}`)
  const image = makeImage(type)
  if ('needs' in image) return unknown(image.needs)
  try {
    const loop = loopDevice(image)
    if ('state' in loop) return loop
    try {
      return made(type, task, { source: loop.path, ...(image.readOnly ? { ro: true } : {}) })
    } finally {
      closeFd(here(), loop.fd)
    }
  } finally {
    fs.closeSync(image.fd)
  }
}

function loopDevice(image: { readonly fd: number; readonly readOnly: boolean }): LoopDevice | Answer {
  try {
    return attachLoopDevice(here(), image.fd, image)
  } catch (error) {
    if (error instanceof SyscallError) return unknown(`a loop device, which could not be had: ${error.message}`)
    throw error
  }
}

function made(type: string, task: Workshop['task'], parameters: Record<string, Parameter>): { readonly fd: number } {
  const context = openFilesystem(task, type)
  try {
    for (const [key, value] of Object.entries(parameters)) setParameter(task, context, key, value)
    createSuperblock(task, context)
    return { fd: mountContext(task, context) }
  } finally {
    closeFd(task, context)
  }
}

function probeIdmap(type: string, workshop: Workshop | undefined): Answer {
  if (workshop === undefined) return unknown(WITHOUT_PRIVILEGE)
  const context = tryCall(here(), 'fsopen', [type, 1])
  if (context === -constants.errno.ENODEV)
    return no('this kernel has no such file system, nor a module of it', 'ENODEV')
  if (context >= 0) closeFd(here(), context)
  const possible = probeMountSetattr()
  if (possible.state === 'no') return possible
  return tried(() => {
    const mount = detachedMount(type, workshop)
    if ('fd' in mount) return attemptIdmap(workshop.task, mount.fd, workshop)
    return probeMounted(type, workshop) ?? mount
  }, {})
}

/** The same on a copy of a mount that is there already. */
function probeMounted(type: string, workshop: Workshop): Answer | undefined {
  if (REMOTE.has(type))
    return unknown(`a try on a mount that nobody else uses: a ${type} server that is gone would hold whoever looks`)
  const entry = readMountinfo(here(), 'self').find(
    mount => (mount.type === type || mount.type.startsWith(`${type}.`)) && !mount.idmapped,
  )
  if (entry === undefined) return undefined
  // By this process: the workshop has something else at its own place, and below it.
  const fd = openDetachedCopy(here(), entry.mountPoint)
  return attemptIdmap(here(), fd, workshop, `the one at ${entry.mountPoint}`)
}

function probeContainers(type: string): Answer {
  try {
    using task = newcomer()
    const errno = tryFsopenAs(task, type)
    if (errno === constants.errno.EPERM) return no('only the initial user namespace may mount it', 'EPERM')
    if (errno === constants.errno.ENODEV) return no('this kernel has no such file system, nor a module of it', 'ENODEV')
    return yes()
  } catch (error) {
    if (error instanceof SyscallError)
      return unknown(`user namespaces, and none could be made (${errnoName(error.errno)})`)
    throw error
  }
}

import type { Caller } from './caller.ts'
import { readFile } from './files.ts'

/** One line of `/proc/PID/mountinfo` (proc_pid_mountinfo(5), fs/proc_namespace.c). */
export type MountinfoEntry = {
  readonly mountId: number
  readonly parentId: number
  /** The superblock's `major:minor`. */
  readonly device: string
  /** What of the file system is mounted: a path from its root. */
  readonly root: string
  /** Seen from the root directory of the process the file is of. */
  readonly mountPoint: string
  readonly options: readonly string[]
  readonly type: string
  readonly source: string
  readonly superOptions: readonly string[]
  /** The mount has an id map of its own; the file does not say which. Since Linux 5.12. */
  readonly idmapped: boolean
}

const LIMIT = 64 * 1024 * 1024

/** The mounts of the mount namespace of process `pid` that are below its root directory. ENOENT: there is no such process; EINVAL: it has ended. */
export function readMountinfo(caller: Caller, pid: number | 'self'): readonly MountinfoEntry[] {
  return parseMountinfo(Buffer.from(readFile(caller, `/proc/${pid}/mountinfo`, LIMIT)).toString())
}

/** Reads the text of a mountinfo file. Lines of another form are left out: the kernel writes none. */
export function parseMountinfo(text: string): readonly MountinfoEntry[] {
  return text.split('\n').flatMap(line => {
    const entry = parseLine(line)
    return entry === undefined ? [] : [entry]
  })
}

// 36 35 98:0 /root /mnt rw,noatime,idmapped master:1 - ext4 /dev/sda1 rw,errors=continue
function parseLine(line: string): MountinfoEntry | undefined {
  const words = line.split(' ')
  const dash = words.indexOf('-', 6)
  const [mountId, parentId, device, root, mountPoint, options] = words
  const [type, source, superOptions] = words.slice(dash + 1)
  if (dash < 0 || device === undefined || root === undefined || mountPoint === undefined || options === undefined)
    return undefined
  const flags = options.split(',')
  return {
    mountId: Number(mountId),
    parentId: Number(parentId),
    device,
    root: unescaped(root),
    mountPoint: unescaped(mountPoint),
    options: flags,
    type: unescaped(type ?? ''),
    source: unescaped(source ?? ''),
    superOptions: (superOptions ?? '').split(','),
    idmapped: flags.includes('idmapped'),
  }
}

// Space, tab, newline, backslash and # are written as three octal digits; the bytes are UTF-8 by custom only.
function unescaped(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

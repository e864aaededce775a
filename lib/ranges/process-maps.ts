import fs from 'node:fs'
import path from 'node:path'
import { here } from '../kernel/caller.ts'
import { ownerUid, parentNamespace } from '../kernel/namespace-ioctl.ts'
import { unlessRefused } from '../kernel/unless-refused.ts'
import { readText } from './read-text.ts'
import type { NamespaceHolder } from './used-range.ts'

/** What `/proc` says of a process's user namespace. */
export interface ProcessMaps {
  readonly uid: string
  readonly gid: string
}

/** The texts of `uid_map` and `gid_map`, which anybody may read; `undefined` when the process has ended meanwhile. */
export function readProcessMaps(process: string): ProcessMaps | undefined {
  try {
    const [uid, gid] = [readText(path.join(process, 'uid_map')), readText(path.join(process, 'gid_map'))]
    return uid === undefined || gid === undefined ? undefined : { uid, gid }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
    throw error
  }
}

/** The inode of a user namespace, from its link in `/proc/PID/ns`; `undefined` where the link may not be read (ptrace(2) rules). */
export function namespaceInode(link: string): number | undefined {
  const target = linkOf(link)
  const inode = Number(/^user:\[(\d+)\]$/.exec(target ?? '')?.[1])
  return Number.isSafeInteger(inode) ? inode : undefined
}

/** Where a symbolic link leads; `undefined` when that can't be told. */
export function linkOf(file: string): string | undefined {
  try {
    return fs.readlinkSync(file)
  } catch {
    return undefined
  }
}

/** Who a process's namespace is of, and the inode of the one it was made in, as far as the kernel tells the caller. */
export function identify(
  process: string,
  inode: number | undefined,
  own: number | undefined,
): { readonly holder: NamespaceHolder; readonly parent: number | undefined } {
  const { maker, parent } = inode === undefined ? NOTHING : ask(path.join(process, 'ns/user'))
  const isChild = parent === undefined || own === undefined ? undefined : parent === own
  const pid = Number(path.basename(process))
  return { holder: { kind: 'namespace', pid, command: commandOf(process), inode, maker, isChild }, parent }
}

const NOTHING = { maker: undefined, parent: undefined }

function ask(link: string) {
  let fd: number
  try {
    fd = fs.openSync(link, 'r')
  } catch {
    return NOTHING
  }
  try {
    return { maker: unlessRefused(() => ownerUid(here(), fd)), parent: unlessRefused(() => parentOf(fd)) }
  } finally {
    fs.closeSync(fd)
  }
}

function parentOf(fd: number): number {
  const parent = parentNamespace(here(), fd)
  try {
    return fs.fstatSync(parent).ino
  } finally {
    fs.closeSync(parent)
  }
}

function commandOf(process: string): string {
  try {
    return readText(path.join(process, 'comm'))?.trim() ?? '?'
  } catch {
    return '?'
  }
}

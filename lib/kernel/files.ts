import { type Caller, call, tryCall } from './caller.ts'
import { type FileStatus, type LocatedStatus, locatedStatusOf, statusOf } from './statx.ts'

export type { FileStatus } from './statx.ts'

const AT_FDCWD = -100
const AT_SYMLINK_NOFOLLOW = 0x100
const AT_REMOVEDIR = 0x200
const O_WRONLY = 1
const O_RDWR = 2
const O_CREAT = 0o100
const O_EXCL = 0o200
const O_TRUNC = 0o1000
const O_APPEND = 0o2000
const O_CLOEXEC = 0o2000000
const O_TMPFILE = 0o20200000
const CHUNK = 64 * 1024

/** lstat(2) by statx(2): a symbolic link is itself. */
export function stat(caller: Caller, path: string): FileStatus {
  return statusOf(caller, path)
}

/** Makes a new file with `contents`; EEXIST if there is one. The caller's umask applies. */
export function createFile(caller: Caller, path: string, contents: Uint8Array, mode = 0o644): void {
  writeTo(caller, path, O_WRONLY | O_CREAT | O_EXCL, contents, mode)
}

/** Replaces what an existing file holds; ENOENT if there is none. */
export function writeFile(caller: Caller, path: string, contents: Uint8Array): void {
  writeTo(caller, path, O_WRONLY | O_TRUNC, contents, 0)
}

/** Adds to the end of an existing file. */
export function appendFile(caller: Caller, path: string, contents: Uint8Array): void {
  writeTo(caller, path, O_WRONLY | O_APPEND, contents, 0)
}

/**
 * Makes a file without a name on the file system of `directory`; it is gone with its descriptor, the caller's. open(2) with
 * O_TMPFILE, Linux 3.11: EOPNOTSUPP where the file system has none, EOVERFLOW when the mount maps no id to the caller's.
 */
export function openUnnamed(caller: Caller, directory: string, mode = 0o600): LocatedStatus & { readonly fd: number } {
  const fd = call(
    caller,
    'openat',
    [AT_FDCWD, directory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode],
    [directory, 'O_TMPFILE|O_RDWR'],
  )
  return { fd, ...locatedStatusOf(caller, { fd }) }
}

function writeTo(caller: Caller, path: string, flags: number, contents: Uint8Array, mode: number): void {
  const fd = call(caller, 'openat', [AT_FDCWD, path, flags | O_CLOEXEC, mode], [path, openFlags(flags)])
  try {
    for (let at = 0; at < contents.length; ) {
      const chunk = contents.subarray(at, at + CHUNK)
      at += call(caller, 'write', [fd, chunk, chunk.length], [path, `${chunk.length} bytes`])
    }
  } finally {
    tryCall(caller, 'close', [fd])
  }
}

function openFlags(flags: number): string {
  const names = [
    [O_CREAT, 'O_CREAT'],
    [O_EXCL, 'O_EXCL'],
    [O_TRUNC, 'O_TRUNC'],
    [O_APPEND, 'O_APPEND'],
  ] as const
  return ['O_WRONLY', ...names.filter(([bit]) => flags & bit).map(([, name]) => name)].join('|')
}

/** The whole file, at most `limit` bytes of it. */
export function readFile(caller: Caller, path: string, limit = 1024 * 1024): Uint8Array {
  const fd = call(caller, 'openat', [AT_FDCWD, path, O_CLOEXEC, 0], [path, 'O_RDONLY'])
  const chunks: Buffer[] = []
  try {
    for (let left = limit; left > 0; ) {
      const space = caller.scratch.reserve(Math.min(CHUNK, left))
      const read = call(caller, 'read', [fd, space.address, space.bytes.length], [path])
      if (read === 0) break
      chunks.push(Buffer.from(space.bytes.subarray(0, read)))
      left -= read
    }
  } finally {
    tryCall(caller, 'close', [fd])
  }
  return Buffer.concat(chunks)
}

/** The caller's umask applies to `mode`. */
export function makeDirectory(caller: Caller, path: string, mode = 0o755): void {
  call(caller, 'mkdirat', [AT_FDCWD, path, mode], [path, octal(mode)])
}

/** Makes a symbolic link at `path` that leads to `target`. symlink(2): EOVERFLOW when the mount maps no id to the caller's. */
export function makeSymlink(caller: Caller, target: string, path: string): void {
  call(caller, 'symlinkat', [target, AT_FDCWD, path], [target, path])
}

/** Gives a file one more name. link(2): EXDEV across mounts, EOVERFLOW when the mount does not map the file's owner. */
export function makeLink(caller: Caller, existing: string, path: string): void {
  call(caller, 'linkat', [AT_FDCWD, existing, AT_FDCWD, path, 0], [existing, path])
}

/** lchown(2): a symbolic link is itself. Ids are the caller's own; -1 leaves one as it is. */
export function changeOwner(caller: Caller, path: string, uid: number, gid: number): void {
  call(caller, 'fchownat', [AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW], [path, String(uid), String(gid)])
}

/** Sets permission bits, following links. chmod(2): EPERM unless owner, EOVERFLOW when the mount does not map the owner. */
export function changeMode(caller: Caller, path: string, mode: number): void {
  call(caller, 'fchmodat', [AT_FDCWD, path, mode], [path, octal(mode)])
}

/** Moves a name, in the place of what has it. renameat2(2), Linux 3.15: EOVERFLOW when the mount does not map the moved file's owner. */
export function rename(caller: Caller, from: string, to: string): void {
  call(caller, 'renameat2', [AT_FDCWD, from, AT_FDCWD, to, 0], [from, to])
}

/** Removes a name that is no directory's. unlink(2): EOVERFLOW when the mount does not map the owner. */
export function unlink(caller: Caller, path: string): void {
  call(caller, 'unlinkat', [AT_FDCWD, path, 0], [path])
}

/** Removes an empty directory. rmdir(2): ENOTEMPTY. */
export function removeDirectory(caller: Caller, path: string): void {
  call(caller, 'unlinkat', [AT_FDCWD, path, AT_REMOVEDIR], [path, 'AT_REMOVEDIR'])
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`
}

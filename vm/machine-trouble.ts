import { readFileSync, statfsSync } from 'node:fs'
import { SyscallError } from '../lib/kernel/errno.ts'
import { type HarnessCode, HarnessError } from './harness-error.ts'

/** Less than this and a write fails: file systems keep a little for themselves. */
const FULL_BELOW = 1024 * 1024

/** Bytes that this process may still write to the file system of `directory`. */
export function freeBytes(directory: string): number {
  const { bavail, bfree, bsize } = statfsSync(directory)
  return (process.getuid?.() === 0 ? bfree : bavail) * bsize
}

/** The first of the directories whose file system is full. */
export function fullDirectory(directories: readonly string[]): string | undefined {
  return directories.find(directory => {
    try {
      return freeBytes(directory) < FULL_BELOW
    } catch {
      return false
    }
  })
}

/** Errors whose words are a host's tool's. A guest may say "No space left on device" too, of its own disks. */
const OF_TOOLS: readonly HarnessCode[] = ['PACKAGE_FETCH', 'CACHE_UNUSABLE', 'IMAGE_BUILD', 'IMAGE_READ']

/** Whether a failure, of ours or reported by a tool, was the host's disk being full or a quota being used up. */
export function isNoSpace(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof SyscallError) return false
  if (error instanceof HarnessError && !OF_TOOLS.includes(error.code)) return false
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  const text = [error.message, ...(error instanceof HarnessError ? error.details : [])].join('\n')
  return saysNoSpace(text) || isNoSpace(error.cause)
}

/** Whether a tool's words, in the C locale, say that the disk is full. */
export function saysNoSpace(text: string): boolean {
  return /No space left on device|Disk quota exceeded/i.test(text)
}

/** Whether a tool's words say that it got no memory. */
export function saysNoMemory(text: string): boolean {
  return /Cannot allocate memory|cannot set up guest memory|failed to allocate|Out of memory/i.test(text)
}

/** The sentence for a file system without room; `bytes` is an estimate of what is needed, if there is one. */
export function diskFull(what: string, directory: string, bytes?: number, cause?: unknown): HarnessError {
  const needed = bytes === undefined ? '' : `about ${megabytes(bytes)} are needed and `
  return new HarnessError(
    'DISK_FULL',
    `There is no room for ${what} in ${directory}: ${needed}${megabytes(freeOrNone(directory))} are free; make room (idmaplab cache prune --max-size 1G), or set IDMAPLAB_CACHE to a directory on a larger disk.`,
    { cause, details: cause instanceof HarnessError ? cause.details : [] },
  )
}

/** How many processes the kernel's out-of-memory killer has ended since the machine started; 0 where nobody counts. */
export function memoryKills(vmstat = '/proc/vmstat'): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(vmstat, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function freeOrNone(directory: string): number {
  try {
    return freeBytes(directory)
  } catch {
    return 0
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1e6)} MB`
}

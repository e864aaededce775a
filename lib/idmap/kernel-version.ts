import { type Blame, IdmaplabError } from '../error.ts'

/** A Linux version as far as it decides what the kernel does; a patch level left out is 0. */
export interface KernelVersion {
  readonly major: number
  readonly minor: number
  readonly patch?: number
}

/** A text that names no kernel version. */
export class KernelVersionError extends IdmaplabError {
  readonly code = 'KERNEL_VERSION'
  readonly blame: Blame = 'user'
}

/** Reads `6.12`, `v6.9-rc1` or what `uname -r` prints (`6.1.0-21-amd64`); throws a `KernelVersionError` for anything else. */
export function parseKernelVersion(text: string): KernelVersion {
  const numbers = /^v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?![\d.])/.exec(text)?.slice(1)
  if (!numbers)
    throw new KernelVersionError(`expected a kernel version such as 6.12 or 6.1.0-21-amd64, found ${shown(text)}`)
  const [major = 0, minor = 0, patch = 0] = numbers.map(number => Number(number ?? 0))
  return { major, minor, patch }
}

/** Below 0 when `a` is the older one, above 0 when it is the newer one, 0 when they are the same: for sorting. */
export function compareKernelVersions(a: KernelVersion, b: KernelVersion): number {
  return a.major - b.major || a.minor - b.minor || (a.patch ?? 0) - (b.patch ?? 0)
}

/** `6.12`, or `6.12.107` when it has a patch level. */
export function formatKernelVersion({ major, minor, patch }: KernelVersion): string {
  return `${major}.${minor}${patch ? `.${patch}` : ''}`
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}

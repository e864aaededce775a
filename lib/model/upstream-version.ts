import { type KernelVersion, KernelVersionError, parseKernelVersion } from '../idmap/kernel-version.ts'

/** What a running kernel says of itself. */
export interface KernelIdentity {
  /** `uname -r`. */
  readonly release: string
  /** `uname -v`: Debian's has the version of the package. */
  readonly build: string
  /** `/proc/version_signature`, which Ubuntu's kernels have: its last word is upstream's version. */
  readonly signature?: string
}

/**
 * The release of upstream's that a kernel is made from, down to the stable version: `6.1.176` for Debian's `6.1.0-50-cloud-amd64`.
 * `undefined` where the kernel does not tell: distributions whose number stands still while fixes come in (`5.14.0-503.el9`), and
 * trees between two releases (`-rc`, `-g` and a commit, a `+` at the end).
 */
export function upstreamVersion({ release, build, signature }: KernelIdentity): KernelVersion | undefined {
  const ubuntu = /^Ubuntu \S+ (\d\S*)$/.exec(signature?.trim() ?? '')?.[1]
  const debian = /\bDebian (\d[\w.~]*)-/.exec(build)?.[1]
  const told = ubuntu ?? debian ?? (standsStill(release) ? '' : release)
  return betweenReleases(told) ? undefined : releaseNumber(told)
}

/** The number a release begins with: `6.1` of `6.1.0-50-cloud-amd64`, the line of kernels it is of; `undefined` if it begins with none. */
export function releaseNumber(release: string): KernelVersion | undefined {
  try {
    return parseKernelVersion(release)
  } catch (error) {
    if (error instanceof KernelVersionError) return undefined
    throw error
  }
}

function standsStill(release: string): boolean {
  return /^\d+\.\d+\.0-\d/.test(release) || /\.el\d/.test(release)
}

function betweenReleases(version: string): boolean {
  return /[-~]rc\d|-g[0-9a-f]{7}|\+$/.test(version)
}

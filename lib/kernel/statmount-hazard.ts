import { compareKernelVersions, parseKernelVersion } from '../idmap/kernel-version.ts'
import { bugPresence, KNOWN_BUGS } from '../model/known-bugs.ts'
import { releaseNumber } from '../model/upstream-version.ts'

/**
 * Why this kernel must not be asked for the map of an idmapped mount; `undefined` when it may be. From 6.15 to 6.17.9 the
 * call dereferences a wild pointer and its caller is killed ("fs: Fix uninitialized 'offp' in statmount_string()", 6.17.10
 * and 6.18). A kernel that took the call over from 6.15 need not have taken over the mending.
 * `release` is uname(2)'s; `supported` the mask that STATMOUNT_SUPPORTED_MASK brought, 0 if it brought none.
 */
export function whyMapsMustNotBeAsked(release: string, supported: bigint): string | undefined {
  const MAPS = 0x6000n
  if ((supported & MAPS) === 0n) return 'statmount(2) shows the maps of mounts since Linux 6.15'
  const bug = KNOWN_BUGS.statmountOops
  const version = releaseNumber(release)
  if (version === undefined || compareKernelVersions(version, parseKernelVersion(bug.since)) < 0)
    return `this kernel calls itself ${release} and yet knows statmount’s maps of 6.15; whether also how to give them out without an oops (6.17.10) cannot be known, so it was not asked`
  if (bugPresence(bug, version) === 'absent') return undefined
  return 'statmount(2) of Linux 6.15 to 6.17.9 kills whoever asks for the map of an idmapped mount, so it was not asked'
}

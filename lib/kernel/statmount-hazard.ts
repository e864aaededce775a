/**
 * Why this kernel must not be asked for the map of an idmapped mount; `undefined` when it may be. From 6.15 to 6.17.9 the
 * call dereferences a wild pointer and its caller is killed ("fs: Fix uninitialized 'offp' in statmount_string()", 6.17.10
 * and 6.18). A kernel that took the call over from 6.15 need not have taken over the mending.
 * `release` is uname(2)'s; `supported` the mask that STATMOUNT_SUPPORTED_MASK brought, 0 if it brought none.
 */
export function whyMapsMustNotBeAsked(release: string, supported: bigint): string | undefined {
  const MAPS = 0x6000n
  if ((supported & MAPS) === 0n) return 'statmount(2) shows the maps of mounts since Linux 6.15'
  if (atLeast(release, [6, 17, 10])) return undefined
  if (atLeast(release, [6, 15, 0]))
    return 'statmount(2) of Linux 6.15 to 6.17.9 kills whoever asks for the map of an idmapped mount, so it was not asked'
  return `this kernel calls itself ${release} and yet knows statmount’s maps of 6.15; whether also how to give them out without an oops (6.17.10) cannot be known, so it was not asked`
}

/** Whether a release like `6.12.107+deb13-cloud-amd64` is of this version or a later one. */
export function atLeast(release: string, version: readonly [major: number, minor: number, patch: number]): boolean {
  const numbers = (/^\d+(?:\.\d+){0,2}/.exec(release)?.[0] ?? '').split('.').map(Number)
  for (const [index, wanted] of version.entries()) {
    const found = numbers[index] ?? 0
    if (found !== wanted) return found > wanted
  }
  return true
}

import { compareKernelVersions, type KernelVersion, parseKernelVersion } from '../idmap/kernel-version.ts'

/** A bug of released kernels that touches id maps. Versions are upstream's, as texts: `6.15`, `6.16.4`. */
export interface KnownBug {
  /** What goes wrong, as half a sentence without versions. */
  readonly what: string
  /** The first version that has it. */
  readonly since: string
  /** When each line of kernels that got the fix got it, oldest first; newer lines than the last one never had the bug. */
  readonly fixed: readonly Fix[]
  /** The kernel function whose oops shows it, where it shows by one. */
  readonly oopsIn?: string
  /** Where the fix, by its title, and what was said of it can be read. */
  readonly link: string
}

/** The first version without the bug, or where that is not known the last one seen with it and the first one seen without. */
export type Fix = string | { readonly after: string; readonly by: string }

/** Whether a version has a bug; `either` between the last one known to have it and the first one known not to. */
export type BugPresence = 'present' | 'absent' | 'either'

/** The bugs that have a story in `scenarios/`. Each was seen on kernels with and without it, which its comment names. */
export const KNOWN_BUGS = {
  /** With: 6.16.3. Without: 6.16.12, 6.17.13, 6.18.15, 7.2.13, 7.3.4. */
  openTreeAttrHole: {
    what: 'open_tree_attr(2) without OPEN_TREE_CLONE changes or takes away the map of a mount that has one',
    since: '6.15',
    fixed: ['6.16.4', '6.17'],
    link: fix('open_tree_attr: do not allow id-mapping changes without OPEN_TREE_CLONE'),
  },
  /** With: 6.1.170, 6.1.176, 6.12.94, 6.16.3, 6.16.12, 6.17.13, 6.18.15, 7.0.13. Without: 6.12.107, 6.18.44, 7.1.13, 7.2.13, 7.3.4. */
  unnamedFileOfNobody: {
    what: 'O_TMPFILE lets somebody whom a mount gives no id make a file in it, which then belongs to 4294967295',
    since: '5.12',
    fixed: ['6.1.191', '6.12.97', { after: '6.18.15', by: '6.18.44' }, { after: '7.0.13', by: '7.1.13' }, '7.2'],
    link: fix('fs: refuse O_TMPFILE creation with an unmapped fsuid or fsgid'),
  },
  /** With: 6.16.3, 6.16.12, 6.17.8. Without: 6.17.13, 6.18.15, 7.2.13, 7.3.4. */
  statmountOops: {
    what: 'statmount(2) kills whoever asks for the map of an idmapped mount, by an oops',
    since: '6.15',
    fixed: ['6.17.10', '6.18'],
    oopsIn: 'statmount_string',
    link: fix("fs: Fix uninitialized 'offp' in statmount_string()"),
  },
  /** With: 6.1.170, 6.1.176, 6.12.94, 6.16.3, 6.16.12, 6.17.8, 6.17.13, 6.18.15. Without: 6.12.107, 6.18.44, 7.2.13, 7.3.4. */
  mincoreOwner: {
    what: 'mincore(2) takes the owner on the disk for the owner of a file, whatever the map of the mount',
    since: '5.12',
    fixed: ['6.1.184', '6.12.96', { after: '6.18.15', by: '6.18.44' }, { after: '6.18.15', by: '7.2.13' }],
    link: 'https://www.cve.org/CVERecord?id=CVE-2026-64294',
  },
} as const satisfies Readonly<Record<string, KnownBug>>

/** Whether upstream's kernel of this version has the bug. */
export function bugPresence({ since, fixed }: KnownBug, version: KernelVersion): BugPresence {
  const from = (text: string): boolean => compareKernelVersions(version, parseKernelVersion(text)) >= 0
  if (!from(since)) return 'absent'
  const own = fixed.map(bounds).find(({ by }) => sameLine(parseKernelVersion(by), version))
  const { after, by } = own ?? bounds(fixed.at(-1) ?? since)
  if (from(by)) return 'absent'
  return after !== undefined && from(after) && !isVersion(after, version) ? 'either' : 'present'
}

/** In words: `since 6.15, fixed in 6.16.4 and in 6.17`, and `after 6.18.15 by 6.18.44` for what is not known better. */
export function bugRange({ since, fixed }: KnownBug): string {
  const words = fixed.map(fixInWords)
  const last = words.at(-1) ?? ''
  const others = words.slice(0, -1).join(', ')
  return `since ${since}, fixed ${others === '' ? last : `${others} and ${last}`}`
}

/** `in 6.16.4`, or `after 6.18.15 by 6.18.44`. */
export function fixInWords(fixed: Fix): string {
  return typeof fixed === 'string' ? `in ${fixed}` : `after ${fixed.after} by ${fixed.by}`
}

function bounds(fixed: Fix): { readonly after?: string; readonly by: string } {
  return typeof fixed === 'string' ? { by: fixed } : fixed
}

function sameLine(a: KernelVersion, b: KernelVersion): boolean {
  return a.major === b.major && a.minor === b.minor
}

function isVersion(text: string, version: KernelVersion): boolean {
  return compareKernelVersions(version, parseKernelVersion(text)) === 0
}

function fix(title: string): string {
  return `https://lore.kernel.org/linux-fsdevel/?q=s:${encodeURIComponent(JSON.stringify(title))}`
}

import { compareKernelVersions, type KernelVersion, parseKernelVersion } from '../idmap/kernel-version.ts'

/** A bug of released kernels that touches id maps. Versions are upstream's, as texts: `6.15`, `6.16.4`. */
export interface KnownBug {
  /** What goes wrong, as half a sentence without versions. */
  readonly what: string
  /** The first version that has it. */
  readonly since: string
  /** The first version without it in each line of kernels that got the fix, oldest first; newer lines than the last one never had it. */
  readonly fixed: readonly string[]
  /** The kernel function whose oops shows it, where it shows by one. */
  readonly oopsIn?: string
  /** Where the fix, by its title, and what was said of it can be read. */
  readonly link: string
}

/** Whether a kernel must have a bug; `unknown` when it does not tell of which upstream version it is. */
export type BugPresence = 'present' | 'absent' | 'unknown'

/** The bugs that have a story in `scenarios/`. Each was seen on kernels with and without it, which its comment names. */
export const KNOWN_BUGS = {
  /** With: 6.16.3. Without: 6.16.12, 6.17.13, 6.18.15, 7.2.13, 7.3.4. */
  openTreeAttrHole: {
    what: 'open_tree_attr(2) without OPEN_TREE_CLONE changes or takes away the map of a mount that has one',
    since: '6.15',
    fixed: ['6.16.4', '6.17'],
    link: fix('open_tree_attr: do not allow id-mapping changes without OPEN_TREE_CLONE'),
  },
  /** With: 6.1.170, 6.1.176, 6.12.94, 6.16.3, 6.16.12, 6.17.13, 6.18.15. Without: 6.12.107, 7.2.13, 7.3.4; of 7.1 only that 7.1.13 is fixed is known. */
  unnamedFileOfNobody: {
    what: 'O_TMPFILE lets somebody whom a mount gives no id make a file in it, which then belongs to 4294967295',
    since: '5.12',
    fixed: ['6.1.191', '6.12.97', '7.1.13', '7.2'],
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
  /** With: 6.1.170, 6.1.176, 6.12.94, 6.16.12, 6.17.13, 6.18.15. Without: 6.12.107, 7.2.13, 7.3.4; of 7.0 and 7.1 it is not known. */
  mincoreOwner: {
    what: 'mincore(2) takes the owner on the disk for the owner of a file, whatever the map of the mount',
    since: '5.12',
    fixed: ['6.1.184', '6.12.96', '7.2'],
    link: 'https://www.cve.org/CVERecord?id=CVE-2026-64294',
  },
} as const satisfies Readonly<Record<string, KnownBug>>

/** Whether upstream's kernel of this version has the bug. */
export function hasBug({ since, fixed }: KnownBug, version: KernelVersion): boolean {
  const from = (text: string): boolean => compareKernelVersions(version, parseKernelVersion(text)) >= 0
  const sameLine = (text: string): boolean => {
    const { major, minor } = parseKernelVersion(text)
    return major === version.major && minor === version.minor
  }
  return from(since) && !fixed.some((text, i) => from(text) && (sameLine(text) || i === fixed.length - 1))
}

/** In words: `since 6.15, fixed in 6.16.4 and 6.17`. */
export function bugRange({ since, fixed }: KnownBug): string {
  const last = fixed.at(-1) ?? ''
  const others = fixed.slice(0, -1).join(', ')
  return `since ${since}, fixed in ${others === '' ? last : `${others} and ${last}`}`
}

function fix(title: string): string {
  return `https://lore.kernel.org/linux-fsdevel/?q=s:${encodeURIComponent(JSON.stringify(title))}`
}

import type { Extent } from '../idmap/extent.ts'
import type { Half, IdMapProblem } from '../idmap/problem.ts'
import type { ResolveWarning } from '../idmap/resolve.ts'
import { common } from '../idmap/sweep.ts'
import type { MapOf, Reading, Role } from '../syntax/dialect.ts'
import type { DialectName } from '../syntax/error.ts'

/** What a finding is about. Every code of `IdMapProblem` is a rule too; the others are what only several texts together show. */
export type Rule =
  | IdMapProblem['code']
  | ResolveWarning['code']
  | 'IDMAP_SYNTAX'
  | 'SUBID_SYNTAX'
  /** Two lines of subuid or subgid give the same host ids. */
  | 'SUBID_OVERLAP'
  /** A line of subuid or subgid that gives nothing. */
  | 'SUBID_EMPTY'
  /** Two containers have host ids in common. */
  | 'SHARED_HOST_IDS'
  /** newuidmap(1) would refuse: no line of subuid or subgid gives these host ids to the owner. */
  | 'NOT_DELEGATED'
  /** A user or group of the host has an id of the container. */
  | 'HOST_USER'
  /** Nobody can be root in the container, or the host's root is in it. */
  | 'ROOT'
  /** An extent that looks as if its columns were exchanged. */
  | 'SWAPPED_COLUMNS'
  /** The file system's mounts can't be idmapped on that kernel. */
  | 'FILESYSTEM_NOT_IDMAPPABLE'

/** Where to look; without a line it is about the whole text. */
export interface Where {
  readonly name: string
  readonly line?: number
  readonly column?: number
}

/** `error`: something would be refused or would collide. `warning`: it works, but not as it may have been meant. */
export type Severity = 'error' | 'warning'

/** One thing that is wrong with configurations. */
export interface Finding {
  readonly rule: Rule
  readonly severity: Severity
  /** The first place is the one to change; the others are what it collides with. */
  readonly where: readonly Where[]
  readonly message: string
  /** What to write instead, when that can be said. */
  readonly fix?: string
}

/** One map of one text. */
export interface Subject<R extends Role = Role> {
  /** How it is written, where that is known: not every runtime takes what the kernel does. */
  readonly dialect?: DialectName
  /** The file's name, with the mount point where it has several: `101.conf mp0`. */
  readonly name: string
  readonly role: R
  readonly reading: Reading
  /** For exceptions: the map they are exceptions to. */
  readonly container?: MapOf<'container'>
  /** For a mount: the type of its file system, as in /proc/filesystems. */
  readonly filesystem?: string
}

/** The places in a text that gave these extents of a half, or parts of them; the whole text when none did, as for a resolved map. */
export function placesOf({ name, reading }: Subject, half: Half | undefined, extents: readonly Extent[]): Where[] {
  const ofHalf = reading.entries.filter(entry => half === undefined || entry.half === half)
  const giving = (matches: (a: Extent, b: Extent) => boolean) =>
    ofHalf.filter(entry => extents.some(extent => matches(extent, entry.extent)))
  const exact = giving((a, b) => a.from === b.from && a.to === b.to && a.count === b.count)
  const found = exact.length > 0 ? exact : giving((a, b) => common(a, b).count > 0)
  return found.length > 0 ? found.map(({ line, column }) => ({ name, line, column })) : [{ name }]
}

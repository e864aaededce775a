import { parseKernelVersion } from '../../idmap/kernel-version.ts'
import { type Agreement, agreement, type Span, spanInWords } from '../../model/agreement.ts'
import { filesystemSupport } from '../../model/filesystems.ts'
import { releaseNumber } from '../../model/upstream-version.ts'
import type { Answer } from './answer.ts'
import { type FeatureName, features } from './probe.ts'

/** What the table of versions says of something that was tried. */
export type TableEntry = Span & {
  /** A man page, a commit, or the kernels it was tried on. */
  readonly source: string
  readonly serverDecides?: true
}

/** What the table says, beside what was found. */
export type TableSays = {
  /** `since 5.12`, or `in no kernel`. */
  readonly table: string
  readonly source: string
  /** Absent where nothing was found out, and for a kernel whose release begins with no version. */
  readonly standing?: Agreement
}

/** What the table has of idmapped mounts on a file system. */
export function filesystemEntry(type: string): TableEntry | undefined {
  return filesystemSupport(type)
}

/** What it has of a feature; `undefined` for one that no version decides. */
export function featureEntry(name: FeatureName): TableEntry | undefined {
  const { since, decidedBy } = features[name]
  return decidedBy === 'version' ? { since: parseKernelVersion(since), source: 'the man page’s HISTORY' } : undefined
}

/**
 * Holds what a probe found against the table. `release` is `uname -r`. `undefined` where there is nothing to compare: no entry, or
 * no such file system in this kernel at all (ENODEV), which is the choice of who built it.
 */
export function againstTable(answer: Answer, entry: TableEntry | undefined, release: string): TableSays | undefined {
  if (entry === undefined || (answer.state === 'no' && answer.errno === 'ENODEV')) return undefined
  const said = { table: spanInWords(entry), source: entry.source }
  const version = releaseNumber(release)
  if (version === undefined || answer.state === 'unknown') return said
  const found = answer.state === 'yes'
  return !found && entry.serverDecides ? said : { ...said, standing: agreement(found, entry, version) }
}

import { formatKernelVersion, parseKernelVersion } from '../../lib/idmap/kernel-version.ts'
import type { Answer } from '../../lib/kernel/probe/answer.ts'
import { type FeatureName, features } from '../../lib/kernel/probe/probe.ts'
import { type Agreement, agreement, type Span } from '../../lib/model/agreement.ts'
import { filesystemSupport } from '../../lib/model/filesystems.ts'

/** Something a story needs, as it was found by trying, beside what the table says. */
export type NeedFinding = {
  /** In words: `idmapped mounts on ext4`. */
  readonly need: string
  readonly found: boolean
  /** Why not, with the kernel's own errno where it gave one. */
  readonly why?: string
  /** What the table says, `since 5.12`; absent where no version decides. */
  readonly table?: string
  /** Who says so: a man page, a commit, the kernels it was tried on. */
  readonly source?: string
  /** `earlier`: a backport, the story is told; `missing`: the kernel lacks what it ought to have, a FAIL. */
  readonly standing?: Agreement
}

/** What a table says of a need. */
export type TableEntry = Span & { readonly source: string }

/** Holds what was found on a kernel against the table. `release` is `uname -r`; of an answer that knows nothing nothing can be said. */
export function needFinding(
  need: string,
  answer: Exclude<Answer, { state: 'unknown' }>,
  entry: TableEntry | undefined,
  release: string,
): NeedFinding {
  const found = answer.state === 'yes'
  const own = { need, found, ...(answer.state === 'no' ? { why: inWords(answer) } : {}) }
  // Without the file system itself nothing was asked of it; to leave it out is whoever built the kernel's choice.
  if (entry === undefined || (answer.state === 'no' && answer.errno === 'ENODEV')) return own
  const standing = agreement(found, entry, parseKernelVersion(release))
  return { ...own, table: spanInWords(entry), source: entry.source, standing }
}

/** What the table has of idmapped mounts on a file system. */
export function filesystemEntry(type: string): TableEntry | undefined {
  return filesystemSupport(type)
}

/** What it has of a feature; `undefined` for one that a configuration decides. */
export function featureEntry(name: FeatureName): TableEntry | undefined {
  const { since, decidedBy, title } = features[name]
  return decidedBy === 'version' ? { since: parseKernelVersion(since), source: title } : undefined
}

/** The sentence for a kernel that lacks what kernels of its version have. */
export function tableDisagrees({ need, why, table, source }: NeedFinding, release: string): string {
  return `${need}: the table says ${table} (${source}), and Linux ${release} has them not (${why}): it lost them, was built without them, or the table is wrong`
}

/** A line for a person: `idmapped mounts on ext4: yes; the table says since 5.12`. */
export function needLine({ need, found, table, standing }: NeedFinding): string {
  const said = table === undefined ? '' : `; the table says ${table}`
  const verdict = standing === 'earlier' ? ', so it is a backport' : standing === 'missing' ? ', so it is missing' : ''
  return `${need}: ${found ? 'yes' : 'no'}${said}${verdict}`
}

function inWords({ errno, why }: Extract<Answer, { state: 'no' }>): string {
  return errno === undefined ? why : `${errno}: ${why}`
}

function spanInWords({ since, until }: Span): string {
  if (since === undefined) return 'in no kernel'
  const from = `since ${formatKernelVersion(since)}`
  return until === undefined ? from : `${from} until ${formatKernelVersion(until)}`
}

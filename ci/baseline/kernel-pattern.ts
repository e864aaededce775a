import {
  compareKernelVersions,
  formatKernelVersion,
  type KernelVersion,
  KernelVersionError,
  parseKernelVersion,
} from '../../lib/idmap/kernel-version.ts'

/** How narrowly a pattern names kernels. */
const Rank = { any: 0, range: 1, series: 2, version: 3, name: 4 } as const
type Rank = (typeof Rank)[keyof typeof Rank]

/** A kernel of a case: what the user wrote, and the whole version where it is known. */
export type CaseKernel = { readonly name: string; readonly version?: string }

export type KernelPattern = {
  readonly text: string
  readonly rank: Rank
  readonly matches: (kernel: CaseKernel) => boolean
  /** The oldest kernel it can mean; of a name, which sorts last, the newest there can be. */
  readonly from: KernelVersion
  /** The series of the newest kernel it can mean. */
  readonly to: KernelVersion
}

const OLDEST: KernelVersion = { major: 0, minor: 0 }
const NEWEST: KernelVersion = { major: Number.POSITIVE_INFINITY, minor: 0 }

/**
 * Reads which kernels are meant: `*`, a range of series with both ends in it (`5.12..6.8`, `6.15..`, `..5.11`), a series (`6.12`), a
 * version (`6.16.3`), or else a kernel as it is given to `--kernel` (`host`, `debian:sid/7.2`). `undefined` for a range from newer to older.
 */
export function parseKernelPattern(text: string): KernelPattern | undefined {
  if (text === '*') return { text, rank: Rank.any, matches: () => true, from: OLDEST, to: NEWEST }
  const { first, last } = /^(?<first>\d+\.\d+)?\.\.(?<last>\d+\.\d+)?$/.exec(text)?.groups ?? {}
  if (first !== undefined || last !== undefined) return rangeOf(text, first, last)
  if (/^\d+\.\d+$/.test(text)) return versionOf(text, Rank.series, sameSeries)
  if (/^\d+\.\d+\.\d+$/.test(text)) return versionOf(text, Rank.version, (a, b) => compareKernelVersions(a, b) === 0)
  return { text, rank: Rank.name, matches: ({ name }) => name === text, from: NEWEST, to: NEWEST }
}

/** Oldest first, of the same age the more general first; names last. */
export function compareKernelPatterns(a: KernelPattern, b: KernelPattern): number {
  const age = a.from.major === b.from.major ? compareKernelVersions(a.from, b.from) : a.from.major - b.from.major
  return age || a.rank - b.rank || (a.text < b.text ? -1 : 1)
}

/** Whether every kernel that `inner` means is one that `outer` means. */
export function covers(outer: KernelPattern, inner: KernelPattern): boolean {
  if (outer.rank === Rank.any) return true
  if (inner.rank === Rank.any) return false
  if (outer.rank === Rank.name || inner.rank === Rank.name) return outer.text === inner.text
  if (outer.rank === Rank.version)
    return inner.rank === Rank.version && compareKernelVersions(outer.from, inner.from) === 0
  return compareSeries(outer.from, inner.from) <= 0 && compareSeries(inner.to, outer.to) <= 0
}

/** The kernels that two patterns of one rank both mean: of two ranges series for series, unless one series of the overlap is unknown. */
export function overlapOf(a: KernelPattern, b: KernelPattern): KernelPattern[] {
  if (a.rank !== Rank.range || b.rank !== Rank.range) return covers(a, b) ? [a] : []
  const from = compareSeries(a.from, b.from) < 0 ? b.from : a.from
  const to = compareSeries(a.to, b.to) < 0 ? a.to : b.to
  if (compareSeries(from, to) > 0) return []
  const ends = [from, to].map(end => (end === OLDEST || end === NEWEST ? '' : formatKernelVersion(end)))
  // Which series a major version ends with nobody knows.
  if (from.major !== to.major || ends.includes('') || to.minor - from.minor > MOST_SERIES)
    return [rangeBetween(ends.join('..'), from, to)]
  return Array.from({ length: to.minor - from.minor + 1 }, (_, i) => {
    const series = { major: from.major, minor: from.minor + i }
    return versionOf(formatKernelVersion(series), Rank.series, sameSeries)
  })
}

/** No major version of Linux has had more than 40; a file may say anything. */
const MOST_SERIES = 100

/** The version of a case's kernel; `undefined` where nothing says it. */
export function versionOfCase({ name, version }: CaseKernel): KernelVersion | undefined {
  for (const text of [version, name]) {
    try {
      if (text !== undefined) return parseKernelVersion(text)
    } catch (error) {
      if (!(error instanceof KernelVersionError)) throw error
    }
  }
  return undefined
}

function rangeOf(text: string, first: string | undefined, last: string | undefined): KernelPattern | undefined {
  const from = first === undefined ? OLDEST : parseKernelVersion(first)
  const to = last === undefined ? NEWEST : parseKernelVersion(last)
  if (compareSeries(from, to) > 0) return undefined
  return rangeBetween(text, from, to)
}

function rangeBetween(text: string, from: KernelVersion, to: KernelVersion): KernelPattern {
  const matches = (kernel: CaseKernel) => {
    const version = versionOfCase(kernel)
    return version !== undefined && compareSeries(from, version) <= 0 && compareSeries(version, to) <= 0
  }
  return { text, rank: Rank.range, matches, from, to }
}

function versionOf(text: string, rank: Rank, same: (a: KernelVersion, b: KernelVersion) => boolean): KernelPattern {
  const wanted = parseKernelVersion(text)
  const matches = (kernel: CaseKernel) => {
    const version = versionOfCase(kernel)
    return version !== undefined && same(version, wanted)
  }
  return { text, rank, matches, from: wanted, to: wanted }
}

function sameSeries(a: KernelVersion, b: KernelVersion): boolean {
  return compareSeries(a, b) === 0
}

function compareSeries(a: KernelVersion, b: KernelVersion): number {
  return a.major === b.major ? a.minor - b.minor : a.major - b.major
}

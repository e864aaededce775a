/** A series of kernels that can be asked for by name. */
export type Series = {
  /** What the user says: `6.12`. */
  readonly name: string
  /** The suites of Debian that may have it; the first that can really give one is taken. */
  readonly suites: readonly string[]
  /** What is taken when no kernel is asked for. */
  readonly default?: true
  /** One of those that are looked at when many kernels are asked for and none is named. */
  readonly matrix?: true
}

/** The series of Debian's cloud kernels that were found in its archive (November 2026), oldest first. Of 6.19, 7.0 and 7.1 it has lost the modules. */
export const SERIES: readonly Series[] = [
  { name: '5.10', suites: ['bullseye'], matrix: true },
  { name: '6.1', suites: ['bookworm'], matrix: true },
  { name: '6.12', suites: ['trixie', 'bookworm-backports'], default: true, matrix: true },
  { name: '6.16', suites: ['trixie-backports'] },
  { name: '6.17', suites: ['trixie-backports'], matrix: true },
  { name: '6.18', suites: ['trixie-backports'], matrix: true },
  { name: '6.19', suites: ['trixie-backports'] },
  { name: '7.0', suites: ['trixie-backports'] },
  { name: '7.1', suites: ['trixie-backports'] },
  { name: '7.2', suites: ['sid', 'forky', 'trixie-backports'], matrix: true },
  { name: '7.3', suites: ['trixie-backports', 'sid', 'experimental'], matrix: true },
]

/** Where a series appears first that is newer than the table. */
const NEWEST_SUITES: readonly string[] = ['sid', 'experimental', 'trixie-backports']

/** The names of the kernels that are looked at when none is named, oldest first. */
export function matrixKernels(): string[] {
  return SERIES.filter(series => series.matrix).map(series => series.name)
}

/** The series a version belongs to: `6.12` of `6.12.43-1`, `7.3` of `7.3~rc7-1~exp1`. */
export function seriesOf(version: string): string {
  return /^\d+\.\d+/.exec(version)?.[0] ?? version
}

/** The suites that may have a version (or the newest of a series); empty for an old series that no suite has. */
export function suitesWith(version: string): readonly string[] {
  const name = seriesOf(version)
  const known = SERIES.find(series => series.name === name)
  if (known !== undefined) return known.suites
  const newest = SERIES.at(-1)?.name ?? ''
  return compareSeries(name, newest) > 0 ? NEWEST_SUITES : []
}

/** The known names, the ones most like `wanted` first: same major version, then the smallest distance of the minor. Newest first if nothing is like it. */
export function nearestSeries(wanted: string): string[] {
  const [wantedMajor, wantedMinor = 0] = numbers(wanted)
  const newestFirst = SERIES.map(series => series.name).toReversed()
  if (wantedMajor === undefined) return newestFirst
  const distance = (name: string): number => {
    const [major = 0, minor = 0] = numbers(name)
    return Math.abs(major - wantedMajor) * 1000 + Math.abs(minor - wantedMinor)
  }
  return newestFirst.toSorted((a, b) => distance(a) - distance(b))
}

function compareSeries(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = numbers(a)
  const [majorB = 0, minorB = 0] = numbers(b)
  return majorA - majorB || minorA - minorB
}

function numbers(version: string): number[] {
  return [...version.matchAll(/\d+/g)].map(([digits]) => Number(digits))
}

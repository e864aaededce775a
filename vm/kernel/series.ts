/** A kernel that can be asked for by name. */
export type Series = {
  /** What the user says: `6.12`. */
  readonly name: string
  /** The suite of Debian whose archive has it. */
  readonly suite: string
  /** Regular expression for the names of the packages that hold its image. */
  readonly packages: string
  readonly default?: true
}

/** Debian's cloud kernels: small, quick to boot, with every module the guest needs. Oldest first. */
export const SERIES: readonly Series[] = [
  { name: '5.10', suite: 'bullseye', packages: cloudImages('5.10') },
  { name: '6.1', suite: 'bookworm', packages: cloudImages('6.1') },
  { name: '6.12', suite: 'trixie', packages: cloudImages('6.12'), default: true },
]

/** `linux-image-6.1.0-50-cloud-amd64`, but neither `…-dbg` nor `…-unsigned`, nor 6.12 for 6.1. */
function cloudImages(series: string): string {
  return `^linux-image-${series.replaceAll('.', '\\.')}[.+-].*cloud-amd64$`
}

export function findSeries(name: string): Series | undefined {
  return SERIES.find(series => series.name === name)
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

function numbers(version: string): number[] {
  return [...version.matchAll(/\d+/g)].map(([digits]) => Number(digits))
}

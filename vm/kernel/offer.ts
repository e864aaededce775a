import type { Candidate } from '../debian/candidate.ts'
import { compareVersions } from '../debian/version.ts'
import { seriesOf } from './series.ts'

/** A kernel that a suite's index offers, as the packages it takes. */
export type Offer = {
  /** What the packages' names have in common: `7.2.13+deb14-cloud-amd64`. */
  readonly release: string
  readonly version: string
  readonly suite: string
  /** All packages to fetch, the one with vmlinuz first. */
  readonly packages: readonly Candidate[]
  /** Names of packages that belong to it and that the index does not have. */
  readonly lost: readonly string[]
}

/**
 * Regular expression for the packages of Debian's cloud kernels: small, quick to boot, with every module the guest needs.
 * Up to 6.18 `linux-image-R` has everything; from 6.19 it is empty, and vmlinuz is in `linux-binary-R`, the configuration and
 * `modules.builtin` in `linux-base-R`, the modules in `linux-modules-R`.
 */
export const KERNEL_PACKAGES = '^linux-(image|binary|binary-unsigned|base|modules)-[0-9].*cloud-amd64(-unsigned)?$'

/** The kernels in what an index offers. Those with all their packages come first, then the newer, then the signed. */
export function kernelOffers(candidates: readonly Candidate[], suite: string): Offer[] {
  return candidates
    .flatMap(image => offerOf(image, candidates, suite))
    .toSorted(
      (a, b) =>
        a.lost.length - b.lost.length ||
        compareVersions(b.version, a.version) ||
        Number(isUnsigned(a)) - Number(isUnsigned(b)),
    )
}

function offerOf(image: Candidate, candidates: readonly Candidate[], suite: string): Offer[] {
  const { version } = image
  const [, kind, release = ''] = /^linux-(image|binary)-(?:unsigned-)?(\d.*?)(?:-unsigned)?$/.exec(image.name) ?? []
  if (kind === undefined) return []
  if (kind === 'image') {
    const empty = image.depends.some(name => name.startsWith('linux-binary-'))
    return empty ? [] : [{ release, version, suite, packages: [image], lost: [] }]
  }
  const names = [`linux-base-${release}`, `linux-modules-${release}`]
  const others = names.map(name => candidates.find(other => other.name === name && other.version === version))
  return [
    {
      release,
      version,
      suite,
      packages: [image, ...others.filter(other => other !== undefined)],
      lost: names.filter((_, i) => others[i] === undefined),
    },
  ]
}

function isUnsigned({ packages }: Offer): boolean {
  return packages[0]?.name.includes('-unsigned') ?? false
}

/** Those that are of a version, a series or an upstream version; one that is just that version goes before its rebuilds (`6.12.43-1` before `6.12.43-1~bpo12+1`). */
export function offersOf(wanted: string | undefined, offers: readonly Offer[]): Offer[] {
  if (wanted === undefined) return [...offers]
  const exact = offers.filter(({ version }) => version === wanted)
  const begun = offers.filter(
    ({ version }) => version.startsWith(wanted) && /^[.+~-]/.test(version.slice(wanted.length)),
  )
  return [...exact, ...begun]
}

/** Those that are of the same series as a version that is gone, and newer, the next one first. */
export function offersAfter(version: string, offers: readonly Offer[]): Offer[] {
  return offersOf(seriesOf(version), offers)
    .filter(offer => compareVersions(offer.version, version) > 0)
    .toSorted((a, b) => a.lost.length - b.lost.length || compareVersions(a.version, b.version))
}

import type { Entry } from './baseline.ts'
import { covers, type KernelPattern, overlapOf } from './kernel-pattern.ts'
import { areRivals, compareNarrowness, isAbout, type Place } from './narrowness.ts'

/** Two entries that expect different things of the same cases: which, and on which kernels. */
export type Contradiction = {
  readonly first: Entry
  readonly second: Entry
  readonly place: Place
  readonly kernels: string
}

/** The first two entries that contradict each other about one of these places, on kernels of which no narrower entry decides. */
export function contradictionAbout(entries: readonly Entry[], places: readonly Place[]): Contradiction | undefined {
  for (const place of places) {
    const about = entries.filter(entry => isAbout(entry, place))
    for (const [i, second] of about.entries()) {
      for (const first of about.slice(0, i).filter(entry => areRivals(entry, second))) {
        const open = overlapOf(first.kernel, second.kernel).find(kernels => !isDecided(kernels, first, about))
        if (open !== undefined) return { first, second, place, kernels: open.text }
      }
    }
  }
  return undefined
}

function isDecided(kernels: KernelPattern, rival: Entry, about: readonly Entry[]): boolean {
  return about.some(entry => compareNarrowness(entry, rival) < 0 && covers(entry.kernel, kernels))
}

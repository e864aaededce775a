import { type Extent, formatExtent } from '../idmap/extent.ts'
import type { Half } from '../idmap/problem.ts'
import { type Finding, placesOf, type Subject } from './finding.ts'

/** Maps that the kernel takes and hardly anybody means: exchanged columns, no root in the container, the host's root in it. */
export function checkOddities(subject: Subject): Finding[] {
  if (subject.role === 'exceptions') return []
  return (['uid', 'gid'] as const).flatMap(half => oddities(subject, half))
}

/** Fewer ids than this can begin anywhere: `1000 0 1` shows a person's files as root's on purpose. */
const MANY = 1000

function oddities(subject: Subject, half: Half): Finding[] {
  const extents = subject.reading.entries.filter(entry => entry.half === half).map(({ extent }) => extent)
  const swapped = extents.filter(({ from, to, count }) => to === 0 && from >= MANY && count >= MANY)
  if (swapped.length > 0) return [swappedColumns(subject, half, swapped)]
  return subject.role === 'container' ? roots(subject, half, extents) : []
}

function swappedColumns(subject: Subject, half: Half, swapped: readonly Extent[]): Finding {
  const left = subject.role === 'container' ? 'container' : 'disk'
  return {
    rule: 'SWAPPED_COLUMNS',
    severity: 'warning',
    where: placesOf(subject, half, swapped),
    message: `${half}: ${swapped.map(formatExtent).join(', ')} looks swapped: it goes from ${left} to host`,
    fix: 'exchange the two ids',
  }
}

function roots(subject: Subject, half: Half, extents: readonly Extent[]): Finding[] {
  const found: Finding[] = []
  const warn = (culprits: readonly Extent[], message: string, fix: string) =>
    found.push({
      rule: 'ROOT',
      severity: 'warning',
      where: placesOf(subject, half, culprits),
      message: `${half}: ${message}`,
      fix,
    })
  if (extents.length > 0 && !extents.some(({ from }) => from === 0))
    warn([], 'container id 0 is not mapped: nobody can be root in the container', 'map container id 0')
  const hostRoot = extents.filter(({ to }) => to === 0)
  if (hostRoot.length > 0)
    warn(hostRoot, "host id 0 is in the container: what leaves it is the host's root", 'leave host id 0 out')
  return found
}

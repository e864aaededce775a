import { type Extent, formatExtent } from '../idmap/extent.ts'
import type { IdMapProblem, Side } from '../idmap/problem.ts'

/** What to write instead of what is wrong with the numbers of a map; `undefined` where the problem's own sentence says it. */
export function fixFor(problem: IdMapProblem): string | undefined {
  if (problem.code === 'IDMAP_OVERLAP' && problem.askedBy === undefined) return apart(problem.extents, problem.side)
  if (problem.code === 'IDMAP_TOO_LONG' || problem.code === 'IDMAP_TOO_MANY_EXTENTS')
    return 'write neighbours that go on in both columns as one extent, or give the container one whole range'
  return undefined
}

/** Of two extents that meet, the one that begins first can end before the other. */
function apart(extents: readonly Extent[], side: Side): string {
  const [first, second] = extents.toSorted((a, b) => a[side] - b[side])
  if (first === undefined || second === undefined || first[side] === second[side] || endsAfter(first, second, side))
    return 'take one of them out, or give it ids of its own'
  const shorter = { ...first, count: second[side] - first[side] }
  return `end ${formatExtent(first)} before the other begins: ${formatExtent(shorter)}`
}

/** Whether the second lies within the first, so that ending the first earlier would lose ids behind it. */
function endsAfter(first: Extent, second: Extent, side: Side): boolean {
  return first[side] + first.count > second[side] + second.count
}

import { type Extent, type IdRange, isId, MAX_ID } from './extent.ts'
import { type IdMapProblem, type MapContext, type OverlapFacts, problem, refuse, type Side } from './problem.ts'
import { common, joined, overlaps } from './sweep.ts'

const SIDES: readonly Side[] = ['from', 'to']

/** Everything that keeps the extents from being a map: numbers that are no ids or counts, and ids used twice on either side. */
export function findProblems(extents: readonly Extent[], context: MapContext = {}): IdMapProblem[] {
  const wrong = extents.map(extent => extentProblems(extent, context))
  // Overlaps are looked for among the sound extents only: an endless or fractional one would accuse its neighbours.
  const sound = extents.filter((_, index) => wrong[index]?.length === 0)
  const twice = SIDES.flatMap(side => overlaps(sound, side).map(pair => problem(overlapFacts(pair, side, context))))
  return [...wrong.flat(), ...twice]
}

/** Whether an extent is right in itself: two ids and a count, and no id past the last. */
export function isSound(extent: Extent): boolean {
  return extentProblems(extent, {}).length === 0
}

/** Ranges in any order, which may overlap, sorted and joined; throws an `IdMapError` when one of them is no range of ids. */
export function soundRanges(ranges: readonly IdRange[]): IdRange[] {
  const problems = ranges.flatMap(({ from, count }) => extentProblems({ from, to: from, count }, {}))
  // A range has one side only: what is wrong on the other is the same thing again.
  refuse(problems.filter(problem => !('side' in problem) || problem.side === 'from'))
  return joined(ranges)
}

/** The facts about two extents that meet on one side. */
export function overlapFacts(pair: readonly [Extent, Extent], side: Side, context: MapContext): OverlapFacts {
  const [first, second] = pair
  const ids = common(sideOf(first, side), sideOf(second, side))
  return { code: 'IDMAP_OVERLAP', side, extents: [plain(first), plain(second)], ids, context }
}

function sideOf(extent: Extent, side: Side): IdRange {
  return { from: extent[side], count: extent.count }
}

function plain({ from, to, count }: Extent): Extent {
  return { from, to, count }
}

function extentProblems(given: Extent, context: MapContext): IdMapProblem[] {
  const extent = plain(given)
  const problems = SIDES.filter(side => !isId(extent[side])).map(side =>
    problem({ code: 'IDMAP_NOT_AN_ID', extent, side, context }),
  )
  if (extent.count === 0) problems.push(problem({ code: 'IDMAP_EMPTY_EXTENT', extent, context }))
  else if (!Number.isInteger(extent.count) || extent.count < 1)
    problems.push(problem({ code: 'IDMAP_NOT_A_COUNT', extent, context }))
  else
    for (const side of SIDES)
      if (isId(extent[side]) && extent.count > MAX_ID - extent[side] + 1)
        problems.push(problem({ code: 'IDMAP_PAST_LAST_ID', extent, side, context }))
  return problems
}

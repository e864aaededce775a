import { endOf, formatRange, type IdRange } from '../idmap/extent.ts'
import { intersect, joined } from '../idmap/sweep.ts'
import type { PieceRequest } from './allocate.ts'
import { type Gap, NothingFitsError } from './error.ts'
import { type Holder, holdersText, type UsedRange } from './used-range.ts'

/** The error for a piece that has no place, with the largest gap there was in its windows. */
export function nothingFits(
  { count, windows, align }: PieceRequest,
  free: readonly IdRange[],
  used: readonly UsedRange[],
): NothingFitsError {
  const gaps = intersect(free, joined(windows))
  // The lowest of several that are equally large.
  const [gap] = gaps.toSorted((a, b) => b.count - a.count || a.from - b.from)
  const largest = gap && neighboured(gap, used)
  const aligned = align !== undefined && align > 1 ? ` at a multiple of ${align}` : ''
  const seen = largest ? gapText(largest) : 'no id is free there'
  return new NothingFitsError(
    `No ${count} free host ids in a row${aligned} in ${windows.map(formatRange).join(' or ')}: ${seen}; ask for fewer, give another window, or release a lease.`,
    { count, windows, largest },
  )
}

function neighboured({ from, count }: IdRange, used: readonly UsedRange[]): Gap {
  const holders = (meets: (range: UsedRange) => boolean): Holder[] => used.filter(meets).map(({ holder }) => holder)
  return {
    from,
    count,
    below: holders(range => endOf(range) === from),
    above: holders(range => range.from === from + count),
  }
}

function gapText(gap: Gap): string {
  const side = (holders: readonly Holder[]) => (holders.length > 0 ? holdersText(holders) : 'the end of the window')
  return `the largest gap is ${formatRange(gap)} (${gap.count} ids), between ${side(gap.below)} and ${side(gap.above)}`
}

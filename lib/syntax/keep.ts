import { type Extent, endOf, imageOf } from '../idmap/extent.ts'
import { type IdMapPair, mapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import type { Space } from '../idmap/space.ts'
import type { Entry } from './dialect.ts'
import { extentWith } from './through.ts'

/** A part of a document with the entries it stands for; `b 0 100000 65536` stands for two. */
export interface Written {
  readonly entries: readonly Entry[]
}

/** What becomes of a document's entries when its map becomes another. */
export interface Kept<W extends Written> {
  /** The parts that say nothing but what the new map says too: they stay byte for byte. */
  readonly kept: ReadonlySet<W>
  /** What the new map says and no part that stays does. */
  readonly missing: Readonly<Record<Half, readonly Extent[]>>
}

/** Keeps as much of a document as the new map allows. */
export function keepWritten<W extends Written, From extends Space, To extends Space>(
  written: readonly W[],
  map: IdMapPair<From, To>,
): Kept<W> {
  const fitting = written.filter(({ entries }) => entries.length > 0 && entries.every(entry => says(map, entry)))
  const meeting = new Set([...meetingAnother(fitting, 'uid'), ...meetingAnother(fitting, 'gid')])
  const kept = new Set(fitting.filter(part => !meeting.has(part)))
  const said = (half: Half) => [...kept].flatMap(part => extentsOf(part, half))
  return { kept, missing: mapPair(map, (whole, half) => whole.without(said(half)).extents) }
}

function says<From extends Space, To extends Space>(map: IdMapPair<From, To>, { half, extent }: Entry): boolean {
  const whole = extentWith(map[half], extent.from)
  return (
    whole !== undefined &&
    extent.count > 0 &&
    imageOf(whole, extent.from) === extent.to &&
    endOf(extent) <= endOf(whole)
  )
}

/** The parts that repeat an id another part has: one of two is enough. */
function meetingAnother<W extends Written>(parts: readonly W[], half: Half): W[] {
  const sorted = parts
    .flatMap(part => extentsOf(part, half).map(extent => ({ part, extent })))
    .toSorted((a, b) => a.extent.from - b.extent.from)
  let end = 0
  return sorted.flatMap(({ part, extent }) => {
    if (extent.from < end) return [part]
    end = endOf(extent)
    return []
  })
}

function extentsOf({ entries }: Written, half: Half): Extent[] {
  return entries.filter(entry => entry.half === half).map(({ extent }) => extent)
}

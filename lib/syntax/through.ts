import { type Extent, endOf, imageOf } from '../idmap/extent.ts'
import type { IdMap } from '../idmap/map.ts'
import { composePair, type IdMapPair, invertPair, mapPair } from '../idmap/pair.ts'
import type { Space } from '../idmap/space.ts'
import { type DialectName, IdMapInexpressibleError } from './error.ts'
import { fail, type Piece } from './scan.ts'

/**
 * An extent whose second ids are of a namespace, with what the namespace maps them to instead: in as many pieces as its
 * map has them in. A fault at `place` when it has not all of them.
 */
export function throughNamespace<Via extends Space, To extends Space>(
  dialect: DialectName,
  place: Piece,
  extent: Extent,
  namespace: IdMap<Via, To>,
): Extent[] {
  const pieces: Extent[] = []
  let done = 0
  while (done < extent.count) {
    const via = extent.to + done
    const whole = extentWith(namespace, via)
    if (!whole) fail(dialect, place, `ids that the namespace has (${via} is not in its map)`)
    const count = Math.min(endOf(whole) - via, extent.count - done)
    pieces.push({ from: extent.from + done, to: imageOf(whole, via), count })
    done += count
  }
  // A count of 0 is left to the map, which names it with its extent.
  return extent.count === 0 ? [extent] : pieces
}

/** The extent of a map that an id is in. */
export function extentWith<From extends Space, To extends Space>({ extents }: IdMap<From, To>, id: number) {
  let low = 0
  let high = extents.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (endOf(extents[middle] ?? NO_IDS) <= id) low = middle + 1
    else high = middle
  }
  const extent = extents[low]
  return extent && extent.from <= id ? extent : undefined
}

const NO_IDS = { from: 0, count: 0 }

/** A map to the host, to be written with the ids of a namespace; refuses what the namespace has no ids for. */
export function insideNamespace<From extends Space, Via extends Space>(
  dialect: DialectName,
  map: IdMapPair<From, 'host'>,
  namespace: IdMapPair<Via, 'host'>,
): IdMapPair<From, Via> {
  const inside = composePair(map, invertPair(namespace))
  mapPair(map, (whole, half) => {
    const [lost] = whole.without(inside[half]).extents
    if (!lost) return
    throw new IdMapInexpressibleError(
      dialect,
      `its ids are those of the namespace it is used in, which has no ${half} for the host's ${lost.to}; give the namespace that id`,
    )
  })
  return inside
}

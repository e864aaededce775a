import fc from 'fast-check'
import { type Extent, MAX_ID } from '../../../lib/idmap/extent.ts'
import { IdMap } from '../../../lib/idmap/map.ts'

/** A small id space in which every id can be tried; `base` moves it, for example to the top end. */
export const SPAN = 41
export const TOP = MAX_ID - SPAN + 1

/** The slow and obvious map: one entry an id. */
export type Table = ReadonlyMap<number, number>

/** Random extents without overlaps on either side, in random order, not merged. */
export function extentsNear(fromBase: number, toBase: number): fc.Arbitrary<Extent[]> {
  const wish = fc.record({
    from: fc.nat(SPAN - 1),
    to: fc.nat(SPAN - 1),
    count: fc.integer({ min: 1, max: 12 }),
  })
  return fc.array(wish, { maxLength: 8 }).map(wishes => {
    const froms = new Set<number>()
    const tos = new Set<number>()
    return wishes
      .filter(({ from, to, count }) => {
        const steps = [...Array(count).keys()]
        const fits = from + count <= SPAN && to + count <= SPAN
        if (!fits || steps.some(step => froms.has(from + step) || tos.has(to + step))) return false
        for (const step of steps) {
          froms.add(from + step)
          tos.add(to + step)
        }
        return true
      })
      .map(({ from, to, count }) => ({ from: fromBase + from, to: toBase + to, count }))
  })
}

export function mapsNear<From extends string, To extends string>(fromBase: number, toBase: number) {
  return extentsNear(fromBase, toBase).map(extents => IdMap.of<From, To>(extents))
}

/** Where property tests run: at 0, at the top end, and across. */
export const bases = fc.constantFrom(
  { a: 0, b: 0, c: 0 },
  { a: TOP, b: TOP, c: TOP },
  { a: 0, b: TOP, c: 0 },
  { a: TOP, b: 0, c: TOP },
)

export function tableOf(extents: Iterable<Extent>): Table {
  const table = new Map<number, number>()
  for (const { from, to, count } of extents) for (let step = 0; step < count; step++) table.set(from + step, to + step)
  return table
}

/** The same ids in the order of the keys, so that two tables can be compared. */
export function sorted(table: Table): [number, number][] {
  return [...table].sort(([a], [b]) => a - b)
}

export function rowsOf(map: Iterable<Extent>): [number, number][] {
  return sorted(tableOf(map))
}

/** A uid or gid: a whole number from 0 to 4294967294. Which space it belongs to is told by the map around it. */
export type Id = number

/** `count` consecutive ids, the first of which is `from`. */
export interface IdRange {
  readonly from: Id
  readonly count: number
}

/** One line of a map: the ids `from … from+count-1` become `to … to+count-1`, in that order. */
export interface Extent extends IdRange {
  readonly to: Id
}

/** The last uid or gid there is. */
export const MAX_ID = 4_294_967_294

/** `(uid_t)-1`: the kernel's word for "no id", refused on either side of every map. */
export const INVALID_ID = 4_294_967_295

/** Whether a number can be a uid or gid at all. */
export function isId(value: number): value is Id {
  return Number.isInteger(value) && value >= 0 && value <= MAX_ID
}

/** The first id after the range; at most 4294967295, which a double holds exactly. */
export function endOf(range: IdRange): number {
  return range.from + range.count
}

/** What an id inside `extent.from …` becomes; the caller has made sure that it is inside. */
export function imageOf(extent: Extent, id: Id): Id {
  return extent.to + (id - extent.from)
}

/** The same extent read the other way round. */
export function swap({ from, to, count }: Extent): Extent {
  return { from: to, to: from, count }
}

/** A range in words: `1005` or `0..65535`. */
export function formatRange({ from, count }: IdRange): string {
  return count === 1 ? `${from}` : `${from}..${from + count - 1}`
}

/** An extent in words: `1005→101005` or `0..65535→100000`. */
export function formatExtent(extent: Extent): string {
  return `${formatRange(extent)}→${extent.to}`
}

import { type IdMapPair, pairOf } from '../../../lib/idmap/pair.ts'
import type { Space } from '../../../lib/idmap/space.ts'
import { parseMap, type ReadContext, type Role, type Syntax } from '../../../lib/syntax/dialect.ts'
import { IdMapInexpressibleError } from '../../../lib/syntax/error.ts'

/** What a text says, users and groups in words: `0..9→100 | 0..9→200`. */
export function said<R extends Role>(syntax: Syntax<R>, text: string, context?: ReadContext): string {
  const { uid, gid } = parseMap(syntax, text, context) as IdMapPair<Space, Space>
  return `${uid} | ${gid}`
}

/** What is wrong with a text: line, column, what was found, what was expected. */
export function wrong<R extends Role>(syntax: Syntax<R>, text: string, context?: ReadContext) {
  return syntax.read(text, context).faults.map(fault => {
    if (fault.dialect !== syntax.dialect) throw new Error(`a fault of ${fault.dialect}`)
    return [fault.line, fault.column, fault.found, fault.expected]
  })
}

/** The entries of a text with their places: `1:5 uid 0 100000 65536`. */
export function entries<R extends Role>(syntax: Syntax<R>, text: string, context?: ReadContext): string[] {
  return syntax
    .read(text, context)
    .entries.map(
      ({ line, column, half, extent: { from, to, count } }) => `${line}:${column} ${half} ${from} ${to} ${count}`,
    )
}

/** A pair from rows `from to count`. */
export function pair<From extends Space, To extends Space>(
  uid: readonly (readonly [number, number, number])[],
  gid: readonly (readonly [number, number, number])[] = uid,
): IdMapPair<From, To> {
  const extents = (rows: typeof uid) => rows.map(([from, to, count]) => ({ from, to, count }))
  return pairOf<From, To>({ uid: extents(uid), gid: extents(gid) })
}

/** Why a dialect can't write a map. */
export function inexpressible(write: () => unknown): string {
  try {
    write()
  } catch (error) {
    if (error instanceof IdMapInexpressibleError) return `${error.dialect}: ${error.reason}`
    throw error
  }
  throw new Error('the map was written')
}

/** What every number of a text has to be. */
export const DIGITS = '(decimal digits, no sign, no leading zero)'

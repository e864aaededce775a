import { type IdRange, isId } from '../../lib/idmap/extent.ts'
import { UsageError } from '../usage-error.ts'

/** The number of ids an option gives. */
export function numberOf(option: string, text: string): number {
  if (/^[0-9]{1,10}$/.test(text) && isId(Number(text))) return Number(text)
  throw new UsageError(`${option} '${text}' is no number of ids, 0 to 4294967294.`)
}

/** The ids an option gives as `FIRST-LAST`. */
export function rangeOf(option: string, text: string): IdRange {
  const [, first, last] = /^([0-9]{1,10})-([0-9]{1,10})$/.exec(text) ?? []
  const [from, to] = [Number(first), Number(last)]
  if (!isId(from) || !isId(to) || to < from)
    throw new UsageError(`${option} '${text}' is not FIRST-LAST, each from 0 to 4294967294, the lower one first.`)
  return { from, count: to - from + 1 }
}

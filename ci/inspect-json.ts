import { IdMap } from '../lib/idmap/map.ts'
import { capabilityNames } from '../lib/kernel/capabilities.ts'

/** Raised when a reader of an older document could misread a newer one. */
const FORMAT = 1

/** One document: maps as lists of extents, sets of capabilities as names, what is not known as null. */
export function jsonInspection(found: object): string {
  return `${JSON.stringify({ format: FORMAT, ...found }, plain, 2)}\n`
}

function plain(_: string, value: unknown): unknown {
  if (value instanceof IdMap) return value.extents
  if (typeof value === 'bigint') return capabilityNames(value)
  return value === undefined ? null : value
}

import type { CaseId } from '../events.ts'
import { UsageError } from '../usage-error.ts'
import { keyOf } from './case-id.ts'

/** One of `of` parts of a plan, counted from 1. */
export type Shard = { readonly index: number; readonly of: number }

/** Reads `2/3`. */
export function parseShard(text: string): Shard {
  const [, index, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text)?.map(Number) ?? []
  if (index === undefined || of === undefined || index > of)
    throw new UsageError(`--shard ${JSON.stringify(text)} is no part of a run: expected i/n, such as 1/3, 2/3 and 3/3.`)
  return { index, of }
}

/**
 * Deals the cases out so that every shard takes about as long: the longest first, each to the shard that has least to do. It
 * depends on nothing but its arguments, so machines that are given the same agree on who does what.
 */
export function dealOut(cases: readonly CaseId[], of: number, seconds: (id: CaseId) => number): CaseId[][] {
  const shards = Array.from({ length: of }, () => ({ seconds: 0, cases: new Set<string>() }))
  const longestFirst = cases
    .map(id => ({ key: keyOf(id), seconds: seconds(id) }))
    .sort((a, b) => b.seconds - a.seconds || (a.key < b.key ? -1 : 1))
  for (const each of longestFirst) {
    const idlest = shards.reduce((least, shard) => (shard.seconds < least.seconds ? shard : least))
    idlest.cases.add(each.key)
    idlest.seconds += each.seconds
  }
  return shards.map(shard => cases.filter(id => shard.cases.has(keyOf(id))))
}

import { IdMap } from '../idmap/map.ts'
import type { MapContext } from '../idmap/problem.ts'
import { extentOf, linesOf, wordsOf } from './scan.ts'

/**
 * The text to write to `/proc/PID/uid_map` or `gid_map`: one line `from to count` an extent.
 * The first column is the map's `From`. For a container's user namespace that is `container`, the second is `host`;
 * for the namespace given to an idmapped mount the first is `disk`, the second is `host`.
 */
export function formatKernelMap<From extends string, To extends string>(map: IdMap<From, To>): string {
  return map.extents.map(({ from, to, count }) => `${from} ${to} ${count}\n`).join('')
}

/**
 * Reads what the kernel shows in `/proc/PID/uid_map` (columns padded with spaces) or what is written there; blank
 * lines are skipped. The caller says by the types which of the two readings of the columns it is.
 */
export function parseKernelMap<From extends string, To extends string>(
  text: string,
  context: MapContext<From, To> = {},
): IdMap<From, To> {
  const names = [`a ${context.from ?? 'first'} id`, `a ${context.to ?? 'second'} id`] as const
  const lines = linesOf(text).map(line => ({ line, words: wordsOf(line) }))
  const filled = lines.filter(({ words }) => words.length > 0)
  return IdMap.of(
    filled.map(({ line, words }) => extentOf('kernel', line, words, names)),
    context,
  )
}

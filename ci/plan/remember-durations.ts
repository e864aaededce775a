import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../../vm/cache/cache.ts'
import type { CaseId, Reporter } from '../events.ts'
import { parseDurations, renderDurations, updated } from './durations.ts'

/** Keeps in the cache, as `durations.json`, how long each case took when it was last told to its end. */
export function rememberDurations(cache: Cache): Reporter {
  const told = new Map<string, { case: CaseId; seconds: number }>()
  return {
    hear(event) {
      if (event.type !== 'case.ended' || event.verdict.earlier !== undefined) return
      const { case: id, attempts, outcome } = event.verdict
      const last = attempts.at(-1)
      // An error's time is that of the trouble.
      if (last === undefined || outcome === 'ERROR' || outcome === 'FLAKY') return
      told.set(JSON.stringify(id), { case: id, seconds: last.seconds })
    },
    async close() {
      // A convenience for whoever cuts runs into shards: a cache that can't be written has its own sentence elsewhere.
      await cache.exclusive('durations', () => write(cache, [...told.values()])).catch(() => {})
    },
  }
}

async function write(cache: Cache, told: readonly { case: CaseId; seconds: number }[]): Promise<void> {
  if (told.length === 0) return
  const file = join(cache.dir, 'durations.json')
  const before = parseDurations(await readFile(file, 'utf8').catch(() => '')) ?? {}
  await using scratch = await cache.temporary()
  const whole = join(scratch.path, 'durations.json')
  await writeFile(whole, renderDurations(updated(before, told)))
  await rename(whole, file)
}

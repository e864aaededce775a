import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { dir as temporaryDirectory } from 'tmp-promise'
import { expect, test } from 'vitest'
import type { Verdict } from '../../../ci/events.ts'
import { readDurations } from '../../../ci/plan/durations.ts'
import { rememberDurations } from '../../../ci/plan/remember-durations.ts'
import { openCache } from '../../../vm/cache/cache.ts'
import { caseOf, eventsOf, resultOf, verdictOf } from '../made-up-run.ts'

test('what each case took when it was last told to its end is kept in the cache, beside what is known of others', async () => {
  const place = await temporaryDirectory({ unsafeCleanup: true })
  const cache = await openCache(place.path)
  const file = path.join(place.path, 'durations.json')
  const run = async (...verdicts: Verdict[]) => {
    const reporter = rememberDurations(cache)
    for (const event of eventsOf(verdicts)) reporter.hear(event)
    await reporter.close()
  }
  const took = (name: string, seconds: number, more: Partial<Verdict> = {}) =>
    verdictOf(caseOf(name), 'PASS', { attempts: [resultOf(caseOf(name), 'PASS', { seconds })], ...more })

  await run(took('a', 2), took('b', 3), verdictOf(caseOf('c'), 'ERROR'), verdictOf(caseOf('d'), 'FLAKY'))
  expect(await readDurations(file)).toEqual({ '6.12': { a: 2, b: 3 } })
  await run(took('a', 5), took('b', 9, { earlier: '2026-11-22T20:00:00.000Z' }))
  expect(await readDurations(file)).toEqual({ '6.12': { a: 5, b: 3 } })

  fs.writeFileSync(file, 'damaged')
  await run(took('a', 1))
  expect(await readDurations(file)).toEqual({ '6.12': { a: 1 } })
  await place.cleanup()
})

test('the durations that shards are cut by without --durations can be read', async () => {
  const file = fileURLToPath(new URL('../../../ci/plan/durations.json', import.meta.url))
  expect(Object.keys(await readDurations(file)).sort()).toContain('6.12')
})

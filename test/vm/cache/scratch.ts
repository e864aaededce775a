import { dir } from 'tmp-promise'
import { onTestFinished } from 'vitest'
import { type Cache, openCache } from '../../../vm/cache/cache.ts'

/** A directory that is gone when the test is over. */
export async function scratchDirectory(): Promise<string> {
  const made = await dir({ unsafeCleanup: true })
  onTestFinished(() => made.cleanup())
  return made.path
}

/** An empty cache that is gone when the test is over. */
export async function scratchCache(): Promise<Cache> {
  return openCache(`${await scratchDirectory()}/cache`)
}

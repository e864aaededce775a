import { defineConfig } from 'vitest/config'

/** What `npm run mutate` runs for each mutant; see `stryker.config.mjs`. */
export default defineConfig({
  test: {
    include: ['test/lib/idmap/**/*.test.ts', 'test/lib/syntax/**/*.test.ts'],
    // Takes a minute, and only a hang could fail it.
    exclude: ['test/lib/syntax/megabyte.test.ts'],
    testTimeout: 60_000,
  },
})

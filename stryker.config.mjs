/** Mutation testing of the pure part of the library: `npm run mutate`, or of less: `npm run mutate -- --mutate 'lib/idmap/*.ts'`. */
const config = {
  mutate: ['lib/idmap/**/*.ts', 'lib/syntax/**/*.ts'],
  testRunner: 'vitest',
  // Only the tests of what is mutated: others import it too, and boot guests.
  vitest: { configFile: 'vitest.mutate.config.ts' },
  // Stryker would read it through the compiler's old JavaScript interface, which TypeScript 7 does not have.
  tsconfigFile: 'no-tsconfig.json',
  // Without biome.json too: a copy of it would stop biome, even in the directory around it.
  ignorePatterns: [
    '/dist',
    '/reports',
    '/coverage',
    '/docs',
    '/scenarios',
    '/vm',
    '/ci',
    '/examples',
    '/bench',
    '/biome.json',
  ],
  tempDirName: 'reports/mutation-sandbox',
  cleanTempDir: 'always',
  reporters: ['clear-text', 'progress-append-only', 'html'],
  clearTextReporter: { allowColor: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: 85 },
}

export default config

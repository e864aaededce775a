import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Guests are memory and CPU: files run one after the other within a worker, and at most two workers side by side.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    coverage: { include: ['lib/**', 'vm/**', 'scenarios/**', 'ci/**'], reporter: ['text-summary', 'html'] },
  },
})

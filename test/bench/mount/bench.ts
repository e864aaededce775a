import { execFileSync } from 'node:child_process'
import fs from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const RACE = fileURLToPath(new URL('race.ts', import.meta.url))
const COMPILED = fileURLToPath(new URL('race.mjs', import.meta.url))

/** The race is run compiled, as programs get the library: tsx wraps every named function, which costs a mount 1 µs. */
export async function bench(): Promise<void> {
  const node = { platform: 'node', target: 'node20', format: 'esm', packages: 'external' } as const
  await build({ ...node, entryPoints: [RACE], bundle: true, outfile: COMPILED, logLevel: 'warning' })
  try {
    execFileSync(process.execPath, [COMPILED], { stdio: 'inherit' })
  } finally {
    await fs.rm(COMPILED)
  }
}

#!/usr/bin/env node
// The command `idmaplab`: the TypeScript of this checkout, run as it is.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// tsx keeps what it compiled in the temporary directory; it shall be inside the checkout, like everything else.
const compiled = fileURLToPath(new URL('../node_modules/.cache/tsx', import.meta.url))
const { TMPDIR } = process.env
try {
  mkdirSync(compiled, { recursive: true })
  process.env.TMPDIR = compiled
} catch {
  // Not ours to write to: then the temporary directory it is.
}
const { register } = await import('tsx/esm/api')
if (TMPDIR === undefined) delete process.env.TMPDIR
else process.env.TMPDIR = TMPDIR

register()
const { main } = await import('./cli.ts')
await main(process.argv)

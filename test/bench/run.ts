import fs from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

// npm run bench -- NAME: runs test/bench/NAME/bench.ts, whose `bench()` prints a table; without a name, says which there are.
const here = path.dirname(fileURLToPath(import.meta.url))
const names = (await fs.readdir(here, { withFileTypes: true }))
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)
const [wanted = ''] = process.argv.slice(2)
if (names.includes(wanted)) {
  const { bench } = await import(path.join(here, wanted, 'bench.ts'))
  await bench()
} else {
  process.stderr.write(`Which benchmark? npm run bench -- ${names.join('|')}\n`)
  process.exitCode = 64
}

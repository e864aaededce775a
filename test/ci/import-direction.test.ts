import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'

const TOP = fileURLToPath(new URL('../..', import.meta.url))

const allowed: readonly (readonly [file: string, imported: string])[] = [
  ['lib/kernel/a.ts', '../idmap/b.ts'],
  ['lib/kernel/libc.ts', 'koffi'],
  ['vm/a.ts', '../lib/b.ts'],
  ['vm/guest/agent/a.ts', '../../../lib/kernel/b.ts'],
  ['scenarios/a.ts', '../vm/b.ts'],
  ['scenarios/kit/a.ts', '../../lib/b.ts'],
  ['ci/a.ts', '../scenarios/b.ts'],
  ['ci/b.ts', '../vm/b.ts'],
]
const forbidden: readonly (readonly [file: string, imported: string])[] = [
  ['lib/c.ts', '../vm/b.ts'],
  ['lib/kernel/c.ts', '../../scenarios/kit/b.ts'],
  ['lib/d.ts', '../ci/b.ts'],
  ['lib/kernel/d.ts', 'koffi'],
  ['vm/c.ts', '../scenarios/b.ts'],
  ['vm/guest/c.ts', '../../ci/b.ts'],
  ['vm/d.ts', 'koffi'],
  ['scenarios/c.ts', '../ci/b.ts'],
  ['scenarios/kit/c.ts', '../../ci/b.ts'],
  ['scenarios/d.ts', 'koffi'],
]

let directory: DirectoryResult
let refused: readonly string[]

beforeAll(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  fs.copyFileSync(path.join(TOP, 'biome.json'), path.join(directory.path, 'biome.json'))
  for (const [file, imported] of [...allowed, ...forbidden]) {
    const target = path.join(directory.path, file)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, `import { b } from '${imported}'\n\nexport const a = b\n`)
  }
  refused = filesRefusedIn(directory.path)
})
afterAll(() => directory.cleanup())

/** The files of which the project's own lint rules say that an import is not allowed. */
function filesRefusedIn(place: string): string[] {
  const biome = path.join(TOP, 'node_modules/@biomejs/biome/bin/biome')
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '.'], {
    cwd: place,
    encoding: 'utf8',
  })
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] }
  return diagnostics
    .filter(({ category }) => category === 'lint/style/noRestrictedImports')
    .map(({ location }) => location.path)
}

test.each(allowed)('%s may import %s', file => {
  expect(refused).not.toContain(file)
})

test.each(forbidden)('%s may not import %s: imports go ci → scenarios → vm → lib, and koffi is libc.ts’s', file => {
  expect(refused).toContain(file)
})

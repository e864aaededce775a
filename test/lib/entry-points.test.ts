import fs from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

const TOP = fileURLToPath(new URL('../..', import.meta.url))
const rooms = Object.entries(packageJson.exports).map(
  ([name, { types, default: code }]) => [name, types, code] as const,
)

const sourceOf = (code: string) => code.replace('./dist/', 'lib/').replace(/\.js$/, '.ts')

test.each(rooms)('idmaplab %s is built from a file that is there', (_, types, code) => {
  expect(types).toBe(code.replace(/\.js$/, '.d.ts'))
  expect(fs.existsSync(path.join(TOP, sourceOf(code)))).toBe(true)
})

const PURE = ['./idmap', './syntax', './check', './model']
test.each(rooms.filter(([name]) => PURE.includes(name)))(
  'idmaplab %s needs neither Node nor Linux',
  async (_, _types, code) => {
    expect(await reachedFrom(sourceOf(code))).toEqual({ outside: [], kernel: [] })
  },
)

test('a room is exported for every directory of the library', () => {
  const directories = fs
    .readdirSync(path.join(TOP, 'lib'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
  expect(rooms.map(([name]) => name).toSorted()).toEqual(
    ['.', ...directories.map(({ name }) => `./${name}`)].toSorted(),
  )
})

/** The modules a file imports, by whatever way: those from outside of `lib/`, and those of `lib/kernel`. */
async function reachedFrom(file: string) {
  const { metafile } = await build({
    ...{ entryPoints: [file], absWorkingDir: TOP, bundle: true, write: false, metafile: true, platform: 'neutral' },
    external: [...builtinModules, ...builtinModules.map(name => `node:${name}`), 'koffi'],
  })
  const imports = Object.values(metafile.inputs).flatMap(input => input.imports)
  const outside = imports.filter(({ external }) => external).map(({ path }) => path)
  return { outside, kernel: Object.keys(metafile.inputs).filter(input => input.startsWith('lib/kernel/')) }
}

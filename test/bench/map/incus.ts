import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dir as temporaryDirectory } from 'tmp-promise'

const run = promisify(execFile)
const SOURCE = fileURLToPath(new URL('./incus/main.go', import.meta.url))

/** Milliseconds that Incus' idmap set takes for the same lookups, or why they could not be measured. */
export async function incusLookups(extents: number, ids: number): Promise<number | string> {
  try {
    await run('go', ['version'])
  } catch {
    return 'left out: Go is not installed'
  }
  const place = await temporaryDirectory({ unsafeCleanup: true })
  const go = (...args: string[]) => run('go', args, { cwd: place.path })
  try {
    await fs.copyFile(SOURCE, path.join(place.path, 'main.go'))
    await go('mod', 'init', 'lookups')
    await go('get', 'github.com/lxc/incus/v6/shared/idmap')
    await go('build', '-o', 'lookups', '.')
    const { stdout } = await run(path.join(place.path, 'lookups'), [`${extents}`, `${ids}`])
    return Number(stdout)
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n').slice(-2)
    return `left out: it could not be built (${line})`
  } finally {
    await place.cleanup()
  }
}

import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dir as temporaryDirectory } from 'tmp-promise'
import { expect, it } from 'vitest'
import { openCache } from '../../vm/cache/cache.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import { silent } from '../../vm/progress.ts'
import { madeReady } from './ready.ts'

await madeReady('6.12', '6.1')

const top = fileURLToPath(new URL('../..', import.meta.url))
const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: top })

it('run --json prints one document, with what was found and expected for every path', async () => {
  const { stdout } = await node('ci/idmaplab.mjs', 'run', 'ext4-shared-directory', '--json')
  const { results } = JSON.parse(stdout)
  expect(results).toHaveLength(1)
  expect(results[0]).toMatchObject({ scenario: 'ext4-shared-directory', outcome: 'PASS', failures: [] })
  expect(results[0].rows).toContainEqual({
    chapter: expect.stringContaining('An idmapped mount'),
    path: '/mapped/file2-by-1005',
    disk: '1005:1005',
    host: '101005:101005',
    container: '1005:1005',
    outcome: 'PASS',
    expected: { disk: '1005:1005', host: '101005:101005', container: '1005:1005' },
    actor: 'container root',
    operation: 'stat /mapped/file2-by-1005',
    maps: expect.objectContaining({ containerToHost: expect.anything(), diskToHost: expect.anything() }),
    at: expect.any(Number),
  })
})

it('a scenario that fails ends the command with 1 and shows the command that repeats it', async () => {
  const failed = await node('ci/idmaplab.mjs', 'run', 'vfat-usb-stick', '--break', 'wrong-bytes-on-disk').catch(e => e)
  expect(failed.code).toBe(1)
  expect(failed.stdout).toMatch(
    /repeat: npx idmaplab run vfat-usb-stick --kernel \S*6\.12\.\d+\S* --break wrong-bytes-on-disk/,
  )
  expect(failed.stdout).toMatch(/^1 case: 0 PASS, 1 FAIL, 0 SKIP, 0 ERROR$/m)
})

it('the scenario of the README passes, run by itself as the README says', async () => {
  const readme = await fs.readFile(path.join(top, 'README.md'), 'utf8')
  const story = /```ts\n(import .*?scenario\(.*?)```/s.exec(readme)?.[1] ?? ''
  const place = await temporaryDirectory({ unsafeCleanup: true })
  try {
    const file = path.join(place.path, 'readme-story.mts')
    await fs.writeFile(file, story.replace("'./kit/language.ts'", `'${top}scenarios/kit/language.ts'`))
    const { stdout } = await node('--import', 'tsx', file)
    expect(stdout).toMatch(/PASS readme-story/)
    expect(stdout).toContain('/var/www/upload      33:33  100033:100033  33:33')
  } finally {
    await place.cleanup()
  }
})

it('a run over two kernels tells each story on both, and a kernel that does not come up costs its own cases only', async () => {
  const place = await temporaryDirectory({ unsafeCleanup: true })
  try {
    // Without its modules it boots, and looks for a disk for 30 seconds of its own: no snapshot of it can be made.
    const cache = await openCache()
    const { image } = await resolveKernel('6.12', { cache, progress: silent })
    const broken = path.join(place.path, 'bzImage')
    await fs.copyFile(image, broken)
    const args = ['run', 'vfat-usb-stick', '--kernel', `6.1,${broken},6.12`, '--json']
    const failed = await node('ci/idmaplab.mjs', ...args).catch(error => error)
    const { results } = JSON.parse(failed.stdout)
    const outcomes = results.map(({ outcome, kernel }: Record<string, string>) => `${outcome} ${kernel}`)
    expect(outcomes.sort()).toEqual([
      expect.stringMatching(/^ERROR 6\.12\./),
      expect.stringMatching(/^PASS 6\.1\.0-/),
      expect.stringMatching(/^PASS 6\.12\./),
    ])
    const error = results.find(({ outcome }: { outcome: string }) => outcome === 'ERROR')
    expect(error).toMatchObject({ code: 'GUEST_BOOT', reason: expect.stringMatching(/^The guest did not come up: /) })
    expect(error.repeat).toContain(broken)
    expect(failed.code).toBe(2)
  } finally {
    await place.cleanup()
  }
}, 180_000)

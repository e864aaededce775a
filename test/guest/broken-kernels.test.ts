import fs from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { directory, ext4, scenario, vfat } from '../../scenarios/kit/language.ts'
import type { ScenarioResult } from '../../scenarios/kit/result.ts'
import { openCache } from '../../vm/cache/cache.ts'
import type { GuestSpec } from '../../vm/guest/guest.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import type { Kernel } from '../../vm/kernel/source.ts'
import { silent } from '../../vm/progress.ts'
import { inWords, startGuest, tell } from './lab.ts'
import { madeReady } from './ready.ts'
import { type Ending, tinyKernel } from './tiny-kernel.ts'

await madeReady('6.1')

const plot = {
  title: 'a story for a test',
  promisedBy: 'nobody',
  needs: [],
  disks: { data: ext4({ shared: directory() }) },
}
const story = scenario(import.meta.url, plot, async ({ host, disks }) => {
  await host.mount(disks.data, '/srv')
  await host.root.create('/srv/shared/made')
  disks.data.holds('shared/made', '')
})

/** Tells the story on a kernel that says this and then does that. */
async function onTiny(said: string, ending: Ending, spec: Partial<GuestSpec> = {}): Promise<ScenarioResult> {
  const cache = await openCache()
  await using place = await cache.temporary()
  const image = path.join(place.path, 'bzImage')
  await tinyKernel(image, said, ending)
  const kernel = await resolveKernel(image, { cache, progress: silent })
  return await tell(story, undefined, { accelerator: 'tcg', ...spec }, () => {}, { kernel })
}

it.each<Ending>(['hang', 'reboot'])(
  'a kernel that panics at once, to %s then, is a FAIL with what it said',
  async ending => {
    const said = '[    0.000000] Kernel panic - not syncing: made up'
    const result = await onTiny(`[    0.000000] Linux version 6.12.0-tiny\r\n${said}\r\n`, ending)
    expect(result, inWords(result)).toMatchObject({
      outcome: 'FAIL',
      code: 'KERNEL_TROUBLE',
      reason: `The guest's kernel is in trouble (panic): ${said}.`,
      crash: { kind: 'panic', trace: ['[    0.000000] Linux version 6.12.0-tiny', said] },
    })
  },
)

it('a kernel that hangs without a word is an ERROR when its time is over', async () => {
  const result = await onTiny('', 'hang', { limits: { boot: 200 } })
  expect(result, inWords(result)).toMatchObject({ outcome: 'ERROR', code: 'GUEST_BOOT' })
  expect(result.reason).toMatch(/^The guest did not come up: it said nothing for [\d.]+ s\.$/)
  expect(result.details).toContain('the console stayed empty')
})

it('a kernel that hangs after its first words shows them', async () => {
  const result = await onTiny('Decompressing Linux...\r\n', 'hang', { limits: { boot: 200 } })
  expect(result, inWords(result)).toMatchObject({ outcome: 'ERROR', code: 'GUEST_BOOT' })
  expect(result.details).toContain('    Decompressing Linux...')
})

it('a kernel that resets the machine is an ERROR that says so', async () => {
  const result = await onTiny('bye\r\n', 'reboot')
  expect(result, inWords(result)).toMatchObject({
    outcome: 'ERROR',
    code: 'GUEST_BOOT',
    reason: 'The guest did not come up: QEMU ended with status 0.',
  })
})

it('a kernel that is cut short is refused before anything boots', async () => {
  const cache = await openCache()
  await using place = await cache.temporary()
  const image = path.join(place.path, 'vmlinuz')
  const whole = await resolveKernel('6.12', { cache, progress: silent })
  await fs.writeFile(image, (await fs.readFile(whole.image)).subarray(0, 256 * 1024))
  await expect(resolveKernel(image, { cache, progress: silent })).rejects.toMatchObject({
    code: 'KERNEL_UNUSABLE',
    message: expect.stringMatching(/it is cut short, 262144 bytes of the \d+ that its header tells of/),
  })
})

it('a kernel without the port the agent talks through says so instead of hanging', async () => {
  const cache = await openCache()
  await using place = await cache.temporary()
  const kernel = await onlyModules(await resolveKernel('6.1', { cache, progress: silent }), place.path, [
    'virtio_pci',
    'virtio_blk',
  ])
  await expect(startGuest({ kernel, cold: true })).rejects.toMatchObject({
    code: 'GUEST_BOOT',
    message: 'The guest did not come up: this kernel has no virtio_console, through which the agent talks.',
  })
})

it('a file system that only the guest can find out about is a SKIP that names it', async () => {
  const cache = await openCache()
  await using place = await cache.temporary()
  const kernel = await onlyModules(await resolveKernel('6.12', { cache, progress: silent }), place.path, ['virtio_blk'])
  const stick = scenario(import.meta.url, { ...plot, disks: { stick: vfat({}, { uid: 0, gid: 0 }) } }, async () => {})
  const overlay = { ...story, needs: [{ overlayOver: 'data' }] }
  for (const [type, wanting] of [
    ['vfat', stick],
    ['overlay', overlay],
  ] as const) {
    const result = await tell(wanting, undefined, {}, () => {}, { kernel })
    expect(result, inWords(result)).toMatchObject({
      outcome: 'SKIP',
      code: 'FEATURE_MISSING',
      reason: `this kernel has no ${type} (neither built in nor as a module)`,
    })
  }
})

/** The kernel with these modules and what they need, and nothing that tells what else it has. */
async function onlyModules(
  { name, version, image, modules = '', id }: Kernel,
  into: string,
  wanted: readonly string[],
): Promise<Kernel> {
  const all = (await fs.readFile(path.join(modules, 'modules.dep'), 'utf8')).split('\n')
  const lines = all.filter(line => wanted.some(module => line.split(':')[0]?.includes(`/${module}.ko`)))
  const needed = new Set(
    lines
      .flatMap(line => line.split(/:? /))
      .filter(file => file !== '')
      .map(file => file.replace(/:$/, '')),
  )
  const kept = all.filter(line => needed.has(line.split(':')[0] ?? ''))
  for (const file of needed) {
    await fs.mkdir(path.join(into, path.dirname(file)), { recursive: true })
    await fs.copyFile(path.join(modules, file), path.join(into, file))
  }
  await fs.writeFile(path.join(into, 'modules.dep'), `${kept.join('\n')}\n`)
  return { name, version, image, modules: into, id: `${id}-${wanted.join('-')}` }
}

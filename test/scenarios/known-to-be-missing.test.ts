import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Kernel } from '../../vm/kernel/source.ts'
import { FakeGuest } from './fake-guest.ts'
import { Stage, storyOf } from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())

const GUEST = ['ext4', 'virtio_pci', 'virtio_blk', 'virtio_console']

async function kernel(builtIn: readonly string[], config?: string): Promise<Kernel> {
  const modules = join(stage.logs, 'modules')
  await mkdir(modules)
  await writeFile(join(modules, 'modules.dep'), '')
  await writeFile(join(modules, 'modules.builtin'), builtIn.map(name => `kernel/${name}.ko\n`).join(''))
  if (config !== undefined) await writeFile(join(stage.logs, 'config'), config)
  const known = config === undefined ? {} : { config: join(stage.logs, 'config') }
  return { name: 'k', version: '6.12.1', image: '/none', modules, id: 'k', ...known }
}

const notBooted = () => Promise.reject(new Error('nothing may be booted'))
const story = storyOf(() => Promise.reject(new Error('nothing may be told')), { needs: [{ overlayOver: 'data' }] })

test('a kernel known to lack a file system is a SKIP that names it, without a guest', async () => {
  const result = await stage.run(story, notBooted, { kernel: await kernel(GUEST) })
  expect(result).toMatchObject({
    outcome: 'SKIP',
    reason: 'this kernel has no overlay (neither built in nor as a module)',
    kernel: '6.12.1',
  })
})

test('the skip tells also what is to be said of the kernel, and the result carries it', async () => {
  const lossy = { ...(await kernel(GUEST)), note: 'The archive has lost its modules.' }
  const result = await stage.run(story, notBooted, { kernel: lossy })
  expect(result.reason).toBe(
    'this kernel has no overlay (neither built in nor as a module); The archive has lost its modules.',
  )
  expect(result.kernelNote).toBe(lossy.note)
})

test('a kernel built without user namespaces is a SKIP that says so', async () => {
  const config = '# CONFIG_USER_NS is not set\nCONFIG_EXT4_FS=y\n'
  const result = await stage.run(story, notBooted, { kernel: await kernel([...GUEST, 'overlay'], config) })
  expect(result).toMatchObject({ outcome: 'SKIP', reason: expect.stringContaining('CONFIG_USER_NS is off') })
})

test('a kernel without what the guest itself needs is an ERROR in one sentence, without a guest', async () => {
  const result = await stage.run(story, notBooted, { kernel: await kernel(['ext4', 'overlay', 'virtio_pci']) })
  expect(result).toMatchObject({
    outcome: 'ERROR',
    reason: expect.stringMatching(
      /^Linux 6\.12\.1 cannot come up as a guest: it has no virtio_console \(.*\), virtio_blk \(.*\) or nvme \(/,
    ),
    details: [],
  })
})

test('the command that repeats a case has kernel and modules from whatever directory, for any shell', async () => {
  const given = { ...(await kernel([...GUEST, 'overlay'])), name: './bzImage', givenModules: 'my modules' }
  const { repeat } = await stage.run(story, new FakeGuest(), { kernel: given })
  expect(repeat).toContain(`--kernel ${resolve('bzImage')} --modules '${resolve('my modules')}'`)
})

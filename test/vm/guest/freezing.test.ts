import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { freezeBooted, freezeWithAgent, frozenIn, type Recipe } from '../../../vm/guest/freezing.ts'
import type { Limits } from '../../../vm/guest/guest.ts'
import { KernelTrouble } from '../../../vm/guest/kernel-trouble.ts'
import { CannotFreeze } from '../../../vm/qemu/migration.ts'
import { rejection } from './scripted-agent.ts'

// A stand-in for QEMU, in whose guest one thing goes wrong: fake-qemu.ts.
let place: string
let remove: () => Promise<void>

beforeEach(async () => {
  const temporary = await temporaryDirectory({ unsafeCleanup: true })
  place = temporary.path
  remove = temporary.cleanup
  const fake = fileURLToPath(new URL('fake-qemu.ts', import.meta.url))
  const script = `#!/bin/sh\nexec "${process.execPath}" --import "${import.meta.resolve('tsx')}" "${fake}" "$@"\n`
  await fs.mkdir(path.join(place, 'tools'))
  await fs.writeFile(path.join(place, 'tools/qemu-system-x86_64'), script, { mode: 0o755 })
  vi.stubEnv('PATH', `${place}/tools:${process.env.PATH}`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await remove()
})

function recipe(limits: Partial<Limits> = {}): Recipe {
  const kernel = { name: '6.12', version: '6.12.0', image: '/nowhere/vmlinuz', id: 'a kernel' }
  const spec = { kernel, accelerator: 'kvm', disks: [], logFile: path.join(place, 'console.log'), limits } as const
  const ingredients = {
    kernel,
    accelerator: 'kvm',
    root: { image: '/nowhere/root.img', id: 'a root', busybox: '/nowhere/busybox' },
    initramfs: { path: '/nowhere/initramfs.cpio', id: 'an initramfs' },
    diskBus: 'virtio',
    features: { sandbox: false, pvpanic: false },
    agent: 'an agent',
  } as const
  return { ingredients, spec, slots: 4 }
}

/** Freezes a guest, sends its agent in and freezes it again, with this going wrong. */
async function frozenTwice(fault: string, limits: Partial<Limits> = {}, second = 'second'): Promise<void> {
  vi.stubEnv('FAULT', fault)
  for (const dir of ['first', 'second']) await fs.mkdir(path.join(place, dir), { recursive: true })
  await freezeBooted(recipe(limits), path.join(place, 'first'))
  await freezeWithAgent(await frozenIn(path.join(place, 'first'), 4), recipe(limits), path.resolve(place, second))
}

test('a guest is frozen twice, and nothing but its memory and its state is left', async () => {
  await frozenTwice('')
  for (const dir of ['first', 'second'])
    expect((await fs.readdir(path.join(place, dir))).sort()).toEqual(['ram', 'state'])
})

test.each([
  ['boot stop', 'complains when it is frozen for the first time'],
  ['copy actor.user', 'complains in its rehearsal'],
  ['copy stop', 'complains when it is frozen again'],
  ['trial guest.arrive', 'complains when it is tried out'],
])('a kernel that complains at %s is in trouble, and is no snapshot: it %s', async moment => {
  const trouble = await rejection(frozenTwice(`${moment} complains`))
  expect(trouble).toBeInstanceOf(KernelTrouble)
  expect(trouble).toMatchObject({
    kind: 'WARNING',
    trace: expect.arrayContaining([expect.stringContaining('made_up')]),
  })
})

test.each([
  ['boot stop dies', 'a guest could not be frozen: QEMU was killed by SIGKILL.'],
  ['copy migrate dies', 'a guest could not be frozen: QEMU was killed by SIGKILL.'],
  [
    'copy file.stat dies',
    'a booted guest was given its agent, and does not go on: The guest did not do what it was asked: QEMU was killed by SIGKILL.',
  ],
  [
    'copy actor.user refuses',
    'a booted guest was given its agent, and does not go on: The guest did not do what it was asked: setresuid(1, 1, 1) was refused with EPERM: CAP_SETUID is missing.',
  ],
  [
    'trial cont dies',
    'a guest was booted and frozen, and does not go on: The guest did not take its agent: QEMU was killed by SIGKILL.',
  ],
  [
    'trial guest.arrive dies',
    'one was made and tried, and it does not work: The guest could not be restored from its snapshot: QEMU was killed by SIGKILL.',
  ],
])('where %s there is no snapshot, and it is said why', async (fault, why) => {
  const refused = await rejection(frozenTwice(fault))
  expect(refused).toBeInstanceOf(CannotFreeze)
  expect(refused).toHaveProperty('message', `No snapshot can be made: ${why}`)
})

test('a QEMU that never ends freezing is ended, and it is said how long that took', async () => {
  const refused = await rejection(frozenTwice('copy migrate hangs', { boot: 5000 }))
  expect(refused).toBeInstanceOf(CannotFreeze)
  expect(refused).toHaveProperty(
    'message',
    expect.stringMatching(/: a guest could not be frozen: QEMU did not freeze it within [\d.]+ s\.$/),
  )
}, 180_000)

const asRoot = process.getuid?.() === 0

test.skipIf(!asRoot)(
  `memory that finds no room on the disk is a full disk, wherever the log is${asRoot ? '' : ' (left out: it mounts, which only root may)'}`,
  async () => {
    const full = path.join(place, 'full')
    await fs.mkdir(full)
    await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'none', full])
    try {
      const error = await rejection(frozenTwice('copy stop overruns', {}, full))
      expect(error).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(` in ${full}: `) })
    } finally {
      await promisify(execFile)('umount', [full])
    }
  },
)

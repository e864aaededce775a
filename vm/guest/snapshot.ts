import { open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint } from '../cache/fingerprint.ts'
import { HarnessError } from '../harness-error.ts'
import type { Progress } from '../progress.ts'
import { qemuArguments } from '../qemu/argv.ts'
import { canFreeze, freeze } from '../qemu/migration.ts'
import { qemuVersion } from '../qemu/process.ts'
import { runTool } from '../tool.ts'
import { started } from './arrival.ts'
import { type Ingredients, MEMORY_MIB, machineOf } from './ingredients.ts'
import { restoreGuest, type Snapshot } from './restore.ts'
import { firstSaid } from './running.ts'

/** The snapshot of a guest of these ingredients with at least that many slots for disks; made if there is none. */
export async function goldenSnapshot(
  ingredients: Ingredients,
  disks: number,
  { cache, progress }: { readonly cache: Cache; readonly progress: Progress },
): Promise<Snapshot> {
  const slots = Math.max(1, Math.ceil(disks / SLOTS)) * SLOTS
  const { kernel, accelerator } = ingredients
  const key = await keyOf(ingredients, slots)
  const dir =
    (await cache.find('snapshots', key)) ??
    (await progress.step(`boot and freeze Linux ${kernel.version} (${accelerator})`, say =>
      cache.entry('snapshots', key, into => make(ingredients, slots, into, cache), { what: 'a snapshot', say }),
    ))
  return snapshotIn(dir, slots)
}

/** A case's disks fit into so many slots, or twice as many, …: each slot costs the boot that is frozen some time. */
const SLOTS = 4
const [RAM, STATE] = ['ram', 'state']

// Paths stand for what lies there: its hash is a part of the key in their place.
async function keyOf(ingredients: Ingredients, slots: number): Promise<string> {
  const { kernel, root, initramfs, accelerator } = ingredients
  const symbolic = { ...ingredients, kernel: { ...kernel, image: 'K' }, initramfs: { ...initramfs, path: 'I' } }
  const machine = machineToFreeze({ ...symbolic, root: { ...root, image: 'R' } }, slots, 'M')
  return fingerprint(kernel.id, root.id, initramfs.id, accelerator, await qemuVersion(), ...qemuArguments(machine))
}

function machineToFreeze(ingredients: Ingredients, slots: number, ram: string) {
  const disks = Array.from({ length: slots }, () => 'empty' as const)
  return machineOf(ingredients, { start: 'boot', memory: { path: ram, share: true }, disks })
}

async function snapshotIn(dir: string, slots: number): Promise<Snapshot> {
  return { ram: path.join(dir, RAM), state: await readFile(path.join(dir, STATE)), slots }
}

async function make(ingredients: Ingredients, slots: number, dir: string, cache: Cache): Promise<void> {
  const ram = path.join(dir, RAM)
  const file = await open(ram, 'wx')
  await file.truncate(MEMORY_MIB * 1024 * 1024)
  await file.close()
  const { kernel, accelerator } = ingredients
  const spec = { kernel, accelerator, disks: [], logFile: path.join(await cache.logs(), 'snapshot.console.log') }
  const state = await started(machineToFreeze(ingredients, slots, ram), { ...spec, cwd: dir }, async guest => {
    if (!(await canFreeze(guest.qemu.qmp)))
      throw new HarnessError('QEMU_REFUSED', 'This QEMU cannot leave memory out of a snapshot.')
    await firstSaid(guest, guest.client.ready, guest.limits.boot, 'The guest did not come up')
    const state = await freeze(guest.qemu.qmp, dir)
    await guest.qemu.ended
    return state
  })
  await writeFile(path.join(dir, STATE), state)
  await runTool(['fallocate', '--dig-holes', ram], { what: 'making the snapshot sparse', code: 'IMAGE_BUILD' })
  await using _trial = await restoreGuest(await snapshotIn(dir, slots), ingredients, { ...spec, seed: '00' })
}

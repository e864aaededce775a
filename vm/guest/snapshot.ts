import { open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint } from '../cache/fingerprint.ts'
import { HarnessError } from '../harness-error.ts'
import type { Progress } from '../progress.ts'
import { type Machine, qemuArguments } from '../qemu/argv.ts'
import { CannotFreeze, freeze, requireFreezing } from '../qemu/migration.ts'
import { qemuBuild } from '../qemu/process.ts'
import { runTool } from '../tool.ts'
import { started } from './arrival.ts'
import type { GuestSpec } from './guest.ts'
import { type Ingredients, MEMORY_MIB, machineOf } from './ingredients.ts'
import { restoreGuest, type Snapshot } from './restore.ts'
import { firstSaid } from './running.ts'

type Context = { readonly cache: Cache; readonly progress: Progress }

/**
 * The snapshot of a guest of these ingredients, with room for the case's disks; made if there is none. Rejects with
 * {@link CannotFreeze} where none can be made, with the boot's own HarnessError where the guest does not come up.
 */
export async function goldenSnapshot(
  ingredients: Ingredients,
  spec: GuestSpec,
  { cache, progress }: Context,
): Promise<Snapshot> {
  const slots = Math.max(1, Math.ceil(spec.disks.length / SLOTS)) * SLOTS
  const { kernel, accelerator } = ingredients
  const key = await keyOf(ingredients, slots)
  const title = `Linux ${kernel.version} (${accelerator})`
  const checked = { check: [RAM, STATE], note: (line: string) => progress.note(line) }
  const dir =
    (await cache.find('snapshots', key, checked)) ??
    (await progress.step(`boot and freeze ${title}`, say =>
      cache.entry('snapshots', key, into => make(ingredients, { ...spec, disks: [] }, slots, into), {
        what: `the snapshot of ${title}`,
        bytes: SNAPSHOT_BYTES,
        say,
        ...checked,
      }),
    ))
  return snapshotIn(dir, slots)
}

/** A case's disks fit into so many slots, or twice as many, …: each slot costs the boot that is frozen some time. */
const SLOTS = 4
const RAM = 'ram'
const STATE = 'state'
/** What a booted guest has written to of its memory, before the holes are dug. */
const SNAPSHOT_BYTES = 400e6

// Paths stand for what lies there: its hash is a part of the key in their place.
async function keyOf(ingredients: Ingredients, slots: number): Promise<string> {
  const { kernel, root, initramfs, accelerator } = ingredients
  const nowhere = {
    ...ingredients,
    kernel: { ...kernel, image: '' },
    initramfs: { ...initramfs, path: '' },
    root: { ...root, image: '' },
  }
  const machine = qemuArguments(machineToFreeze(nowhere, slots, ''))
  const processor = accelerator === 'kvm' ? await ownProcessor() : ''
  return fingerprint(RECIPE, kernel.id, root.id, initramfs.id, await qemuBuild(), processor, ...machine)
}

/** Raise when a snapshot is made in another way. */
const RECIPE = '1'

// Under KVM the guest has seen it; a cache may be shared by machines.
async function ownProcessor(): Promise<string> {
  const [first = ''] = (await readFile('/proc/cpuinfo', 'utf8')).split('\n\n')
  return /^model name.*$/m.exec(first)?.[0] + (/^flags.*$/m.exec(first)?.[0] ?? '')
}

function machineToFreeze(ingredients: Ingredients, slots: number, ram: string): Machine {
  const disks = Array.from({ length: slots }, () => 'empty' as const)
  return machineOf(ingredients, { start: 'boot', memory: { path: ram, share: true }, disks })
}

async function snapshotIn(dir: string, slots: number): Promise<Snapshot> {
  return { ram: path.join(dir, RAM), state: await readFile(path.join(dir, STATE)), slots }
}

async function make(ingredients: Ingredients, spec: GuestSpec, slots: number, dir: string): Promise<void> {
  const ram = path.join(dir, RAM)
  await using file = await open(ram, 'wx')
  await file.truncate(MEMORY_MIB * 1024 * 1024)
  const state = await started(machineToFreeze(ingredients, slots, ram), { ...spec, cwd: dir }, async guest => {
    await requireFreezing(guest.qemu.qmp).catch(unlessDead)
    await firstSaid(guest, guest.client.ready, guest.limits.boot, 'The guest did not come up')
    const frozen = await freeze(guest.qemu.qmp, dir)
    await guest.qemu.ended
    return frozen
  })
  await writeFile(path.join(dir, STATE), state)
  await runTool(['fallocate', '--dig-holes', ram], { what: 'making the snapshot sparse', code: 'IMAGE_BUILD' })
  await tryOut(await snapshotIn(dir, slots), ingredients, spec)
}

/** A QEMU that died, as one with a KVM that does not work, is told of by whoever waits for its guest, with the reason. */
function unlessDead(error: unknown): void {
  if (!(error instanceof HarnessError && error.code === 'QEMU_DIED')) throw error
}

// Only one that answers becomes an entry.
async function tryOut(snapshot: Snapshot, ingredients: Ingredients, spec: GuestSpec): Promise<void> {
  try {
    await using _answered = await restoreGuest(snapshot, ingredients, { ...spec, seed: 'a trial' })
  } catch (error) {
    if (!(error instanceof HarnessError && error.code === 'GUEST_BOOT')) throw error
    throw new CannotFreeze(`one was made and tried, and it does not work: ${error.message.replace(/\.$/, '')}`)
  }
}

import { open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { HarnessError } from '../harness-error.ts'
import type { Machine } from '../qemu/argv.ts'
import { CannotFreeze, freeze, requireFreezing } from '../qemu/migration.ts'
import { runTool } from '../tool.ts'
import { admit, type Started, started } from './arrival.ts'
import type { GuestSpec } from './guest.ts'
import { type Ingredients, MEMORY_MIB, machineOf } from './ingredients.ts'
import { rehearse } from './rehearsal.ts'
import { restoreGuest, type Snapshot, thawed } from './restore.ts'
import { firstSaid } from './running.ts'

/** What is frozen, and how many disks a case may have; `spec` has none of its own. */
export type Recipe = { readonly ingredients: Ingredients; readonly spec: GuestSpec; readonly slots: number }

const RAM = 'ram'
const STATE = 'state'
/** The files of a directory with a frozen guest. */
export const FROZEN_FILES: readonly string[] = [RAM, STATE]

/** A frozen guest that is in a directory. */
export async function frozenIn(dir: string, slots: number): Promise<Snapshot> {
  return { ram: path.join(dir, RAM), state: await readFile(path.join(dir, STATE)), slots }
}

/** The machine a guest is booted in to be frozen, its memory in the file `ram`. */
export function machineToFreeze(ingredients: Ingredients, slots: number, ram: string): Machine {
  const disks = Array.from({ length: slots }, () => 'empty' as const)
  return machineOf(ingredients, { start: 'boot', memory: { path: ram, share: true }, disks })
}

/** Boots a guest and freezes it when it waits for its agent. Rejects with {@link CannotFreeze}, or with the boot's own HarnessError. */
export async function freezeBooted({ ingredients, spec, slots }: Recipe, dir: string): Promise<void> {
  const ram = path.join(dir, RAM)
  await using file = await open(ram, 'wx')
  await file.truncate(MEMORY_MIB * 1024 * 1024)
  await started(machineToFreeze(ingredients, slots, ram), { ...spec, cwd: dir }, async guest => {
    await requireFreezing(guest.qemu.qmp).catch(unlessDead)
    await firstSaid(guest, guest.client.ready, guest.limits.boot, 'The guest did not come up')
    await freezeInto(dir, guest)
  })
}

/** A QEMU that died, as one with a KVM that does not work, is told of by whoever waits for its guest, with the reason. */
function unlessDead(error: unknown): void {
  if (!(error instanceof HarnessError && error.code === 'QEMU_DIED')) throw error
}

/** Lets a copy of a booted guest run, sends the agent in, and freezes it again when it waits for its case. Rejects with {@link CannotFreeze}. */
export async function freezeWithAgent(
  booted: Snapshot,
  { ingredients, spec, slots }: Recipe,
  dir: string,
): Promise<void> {
  const ram = path.join(dir, RAM)
  await runTool(['cp', '--sparse=always', '--reflink=auto', booted.ram, ram], {
    what: 'copying a booted guest’s memory',
    code: 'IMAGE_BUILD',
  })
  const setting = { ...spec, cwd: dir }
  await asImpossible(
    thawed({ ...booted, ram, share: true }, ingredients, setting, async guest => {
      await admit(guest, ingredients, 'The guest did not take its agent')
      await firstSaid(guest, rehearse(guest.client), guest.limits.boot, 'The guest did not do what it was asked')
      await freezeInto(dir, guest)
    }),
  )
  // Only one that answers becomes an entry.
  await asImpossible(tryOut(await frozenIn(dir, slots), ingredients, spec))
}

async function freezeInto(dir: string, { qemu }: Started): Promise<void> {
  const state = await freeze(qemu.qmp, dir)
  await qemu.ended
  await writeFile(path.join(dir, STATE), state)
  const ram = path.join(dir, RAM)
  await runTool(['fallocate', '--dig-holes', ram], { what: 'making the snapshot sparse', code: 'IMAGE_BUILD' })
}

async function tryOut(snapshot: Snapshot, ingredients: Ingredients, spec: GuestSpec): Promise<void> {
  await using _answered = await restoreGuest(snapshot, ingredients, { ...spec, seed: 'a trial' })
}

async function asImpossible(trial: Promise<void>): Promise<void> {
  try {
    await trial
  } catch (error) {
    if (!(error instanceof HarnessError && error.code === 'GUEST_BOOT')) throw error
    throw new CannotFreeze(`one was made and tried, and it does not work: ${error.message.replace(/\.$/, '')}`)
  }
}

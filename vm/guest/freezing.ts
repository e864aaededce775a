import { open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type HarnessCode, HarnessError } from '../harness-error.ts'
import type { Machine } from '../qemu/argv.ts'
import { CannotFreeze, freeze, requireFreezing } from '../qemu/migration.ts'
import { inSeconds } from '../seconds.ts'
import { runTool } from '../tool.ts'
import { admit, type Started, started } from './arrival.ts'
import { kernelTrouble, troubleWith } from './death-report.ts'
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

/**
 * Boots a guest, freezes it when it waits for its agent, and tries out whether it goes on. Rejects with {@link CannotFreeze}, with a
 * KernelTrouble, or with the boot's own HarnessError.
 */
export async function freezeBooted({ ingredients, spec, slots }: Recipe, dir: string): Promise<void> {
  const ram = path.join(dir, RAM)
  await using file = await open(ram, 'wx')
  await file.truncate(MEMORY_MIB * 1024 * 1024)
  await started(machineToFreeze(ingredients, slots, ram), { ...spec, cwd: dir }, async guest => {
    await requireFreezing(guest.qemu.qmp).catch(unlessDead)
    await firstSaid(guest, guest.client.ready, guest.limits.boot, 'The guest did not come up')
    await freezeInto(dir, guest)
  })
  const copy = { ...(await frozenIn(dir, slots)), share: false }
  await asImpossible(
    'a guest was booted and frozen, and does not go on',
    thawed(copy, ingredients, spec, async guest => {
      await admit(guest, ingredients, NO_AGENT)
      await guest.qemu.kill()
      requireCalm(guest)
    }),
  )
}

const NO_AGENT = 'The guest did not take its agent'

/** A QEMU that died, as one with a KVM that does not work, is told of by whoever waits for its guest, with the reason. */
function unlessDead(error: unknown): void {
  if (!isDeath(error)) throw error
}

function isDeath(error: unknown): boolean {
  return error instanceof HarnessError && error.code === 'QEMU_DIED'
}

/**
 * Lets a copy of a booted guest run, sends the agent in, freezes it again when it waits for its case, and tries that out.
 * Rejects with {@link CannotFreeze}, or with a KernelTrouble.
 */
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
    'a booted guest was given its agent, and does not go on',
    thawed({ ...booted, ram, share: true }, ingredients, setting, async guest => {
      await admit(guest, ingredients, NO_AGENT)
      await firstSaid(guest, rehearse(guest.client), guest.limits.boot, 'The guest did not do what it was asked')
      await freezeInto(dir, guest)
    }),
  )
  await asImpossible(
    'one was made and tried, and it does not work',
    tryOut(await frozenIn(dir, slots), ingredients, spec),
  )
}

/** The guest is gone then. */
async function freezeInto(dir: string, guest: Started): Promise<void> {
  const state = await asImpossible('a guest could not be frozen', frozenInTime(dir, guest))
  await guest.qemu.ended
  requireCalm(guest)
  await writeFile(path.join(dir, STATE), state)
  const ram = path.join(dir, RAM)
  await runTool(['fallocate', '--dig-holes', ram], { what: 'making the snapshot sparse', code: 'IMAGE_BUILD' })
}

async function frozenInTime(dir: string, { qemu, client, console, limits }: Started): Promise<Buffer> {
  const late = setTimeout(() => {
    const sentence = `QEMU did not freeze it within ${inSeconds(limits.boot)}`
    client.break(troubleWith(qemu, console, 'GUEST_HUNG', sentence))
    void qemu.kill()
  }, limits.boot)
  try {
    return await freeze(qemu.qmp, dir)
  } catch (error) {
    if (!isDeath(error)) throw error
    // Its monitor only closed; why is known when all of it has ended.
    await qemu.kill()
    throw await client.broken
  } finally {
    clearTimeout(late)
  }
}

/** Of a guest that has ended, its console read to the end: what a kernel complains of once would never be heard again, were it frozen. */
function requireCalm({ qemu, console }: Started): void {
  if (console.crash !== undefined) throw kernelTrouble(qemu, console)
}

async function tryOut(snapshot: Snapshot, ingredients: Ingredients, spec: GuestSpec): Promise<void> {
  const guest = await restoreGuest(snapshot, ingredients, { ...spec, seed: 'a trial' })
  await guest.end()
}

/** Why a guest that came up may not come through it, when neither its kernel is in trouble nor this machine. */
const OF_FREEZING: readonly HarnessCode[] = ['GUEST_BOOT', 'GUEST_HUNG', 'GUEST_PROTOCOL', 'QEMU_DIED']

async function asImpossible<T>(sentence: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof HarnessError && OF_FREEZING.includes(error.code))) throw error
    throw new CannotFreeze(`${sentence}: ${error.message.replace(/\.$/, '')}`)
  }
}

import { createHash } from 'node:crypto'
import { type Machine, qemuArguments } from '../qemu/argv.ts'
import { type QemuProcess, startQemu } from '../qemu/process.ts'
import { slowness } from '../slowness.ts'
import { AgentClient } from './client.ts'
import { pasteable } from './death-report.ts'
import type { Guest, GuestSpec, Limits, SeededSpec } from './guest.ts'
import type { Ingredients } from './ingredients.ts'
import type { Arrival } from './protocol.ts'
import { answering, firstSaid, type Parts, watch, watchMonitor } from './running.ts'

const usual: Limits = { boot: 12_000, call: 10_000 }

/** A machine that runs and whose console is watched; nobody has spoken to it yet. */
export type Started = Parts & {
  readonly qemu: QemuProcess
  /** For what comes first and for every call, in milliseconds on this machine. */
  readonly limits: Limits
}

type Setting = Pick<GuestSpec, 'logFile' | 'disks' | 'limits'> & { readonly cwd?: string }

/** Starts QEMU and hands what it makes of it to `work`; kills it if that fails. */
export async function started<T>(machine: Machine, setting: Setting, work: (guest: Started) => Promise<T>): Promise<T> {
  const qemu = startQemu(qemuArguments(machine), setting.cwd === undefined ? {} : { cwd: setting.cwd })
  try {
    const factor = slowness(machine.accelerator)
    const limits = limitsHere(factor, setting.limits)
    const client = new AgentClient(qemu.agent)
    const parts = watch({ process: qemu, client, output: qemu.console }, setting, factor)
    watchMonitor(parts, qemu.qmp)
    return await work({ ...parts, qemu, limits })
  } catch (error) {
    await qemu.kill()
    throw error
  }
}

/** The limits on a machine that is slower by `factor`, in milliseconds. */
export function limitsHere(factor: number, wanted: Partial<Limits> = {}): Limits {
  const { boot, call } = { ...usual, ...wanted }
  return { boot: boot * factor, call: call * factor }
}

/** Sends the agent into a guest whose loader waits for it. */
export async function admit(guest: Started, { agent }: Ingredients, sentence: string): Promise<void> {
  guest.client.admit({ code: agent })
  await firstSaid(guest, guest.client.hello, guest.limits.boot, sentence)
}

/** Makes a guest whose agent is in the case's own. */
export async function arrive(
  guest: Started,
  { accelerator, diskBus }: Ingredients,
  { seed, disks }: SeededSpec,
  sentence: string,
): Promise<Guest> {
  const taken = diskBus === 'virtio' ? disks.length : 0
  const told = guest.client.call('guest.arrive', arrivalOf(seed, taken))
  const { kernel } = await firstSaid(guest, told, guest.limits.boot, sentence)
  const records = () => ({
    'qemu-command.txt': `${pasteable(guest.qemu.commandLine)}\n`,
    'qmp.log': guest.qemu.qmp.transcript,
  })
  return answering(guest, { accelerator, kernelRelease: kernel, callLimit: guest.limits.call, seed, records })
}

/** What a guest with so many disks is told at this moment. */
export function arrivalOf(seed: string, disks: number): Arrival {
  return { seed, entropy: createHash('sha256').update(seed).digest('hex'), clockMs: Date.now(), disks }
}

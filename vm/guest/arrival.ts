import { createHash } from 'node:crypto'
import { type Machine, qemuArguments } from '../qemu/argv.ts'
import { startQemu } from '../qemu/process.ts'
import { slowness } from '../slowness.ts'
import { AgentClient } from './client.ts'
import type { Guest, GuestSpec, Limits, SeededSpec } from './guest.ts'
import type { Ingredients } from './ingredients.ts'
import { answering, firstSaid, type Parts, watch } from './running.ts'

const usual: Limits = { boot: 12_000, call: 10_000 }

/** A machine that runs and whose console is watched; nobody has spoken to it yet. */
export type Started = Parts & {
  /** For what comes first and for every call, in milliseconds on this machine. */
  readonly limits: Limits
}

type Setting = Pick<GuestSpec, 'logFile' | 'disks' | 'limits'> & { readonly cwd?: string }

/** Starts QEMU and hands what it makes of it to `work`; kills it if that fails. */
export async function started<T>(machine: Machine, setting: Setting, work: (guest: Started) => Promise<T>): Promise<T> {
  const qemu = startQemu(qemuArguments(machine), setting.cwd === undefined ? {} : { cwd: setting.cwd })
  try {
    const factor = slowness(machine.accelerator)
    const { boot, call } = { ...usual, ...setting.limits }
    const limits = { boot: boot * factor, call: call * factor }
    return await work({ ...watch(qemu, new AgentClient(qemu.agent), setting, factor), limits })
  } catch (error) {
    await qemu.kill()
    throw error
  }
}

/** Sends the agent into a guest whose loader waits for it, with what makes this guest the case's own. */
export async function admit(
  guest: Started,
  { agent, accelerator }: Ingredients,
  { seed, disks }: SeededSpec,
  sentence: string,
): Promise<Guest> {
  const entropy = createHash('sha256').update(seed).digest('hex')
  guest.client.arrive({ code: agent, seed, entropy, clockMs: Date.now(), disks: disks.length })
  const hello = await firstSaid(guest, guest.client.hello, guest.limits.boot, sentence)
  return answering(guest, { accelerator, kernelRelease: hello.kernel, callLimit: guest.limits.call, seed })
}

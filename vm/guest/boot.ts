import type { Cache } from '../cache/cache.ts'
import { HarnessError } from '../harness-error.ts'
import { ROOT_SERIAL } from '../image/init-script.ts'
import { initramfs } from '../image/initramfs.ts'
import { guestRoot } from '../image/root.ts'
import type { Progress } from '../progress.ts'
import { type Accelerator, chooseAccelerator, KvmVerdict } from '../qemu/accelerator.ts'
import { qemuArguments } from '../qemu/argv.ts'
import { Console } from '../qemu/console.ts'
import type { Crash } from '../qemu/crash.ts'
import { type QemuProcess, qemuVersion, startQemu } from '../qemu/process.ts'
import { slowness } from '../slowness.ts'
import { bundleAgent } from './bundle.ts'
import { AgentClient, type Hello } from './client.ts'
import { isKvmFailure, troubleWith } from './death-report.ts'
import type { Guest, GuestSpec, Limits } from './guest.ts'

const usual: Limits = { boot: 12_000, call: 10_000 }
const MEMORY_MIB = 768
const CRASH_REPORT_MS = 100

/** Boots a guest and waits for its agent's greeting. Rejects with a HarnessError that shows the console's end. */
export async function bootGuest(spec: GuestSpec, cache: Cache, progress: Progress): Promise<Guest> {
  const verdict = new KvmVerdict(cache.dir, await qemuVersion())
  const { accelerator, note } = chooseAccelerator(spec.accelerator, verdict)
  if (note !== undefined) progress.note(note)
  try {
    const guest = await boot(spec, accelerator, cache, progress)
    if (spec.accelerator === 'auto' && accelerator === 'kvm') verdict.remember(true)
    return guest
  } catch (error) {
    if (!(spec.accelerator === 'auto' && accelerator === 'kvm' && isKvmFailure(error))) throw error
    verdict.remember(false)
    progress.note(
      'KVM is here but does not work: a guest dies at once. Using TCG (emulation) from now on; it is slower.',
    )
    return boot(spec, 'tcg', cache, progress)
  }
}

async function boot(spec: GuestSpec, accelerator: Accelerator, cache: Cache, progress: Progress): Promise<Guest> {
  const root = await guestRoot({ cache, progress })
  const agent = await bundleAgent(cache)
  const start = await initramfs({ cache, kernel: spec.kernel, root, agent })
  const disks = [{ serial: ROOT_SERIAL, image: root.image, readOnly: true }, ...spec.disks]
  const machine = { accelerator, memoryMiB: MEMORY_MIB, kernel: spec.kernel.image, initramfs: start.path, disks }
  return progress.step(`boot Linux ${spec.kernel.version} (${accelerator})`, async () => {
    const qemu = startQemu(qemuArguments(machine))
    try {
      const client = new AgentClient(qemu.agent)
      const factor = slowness(accelerator)
      const console = watch(qemu, client, spec.logFile, factor)
      const limits = { ...usual, ...spec.limits }
      const hello = await firstAnswer({ qemu, client, console }, limits.boot * factor)
      const known = { accelerator, kernelRelease: hello.kernel, callLimit: limits.call * factor }
      return answering({ qemu, client, console }, known)
    } catch (error) {
      await qemu.kill()
      throw error
    }
  })
}

type Parts = { readonly qemu: QemuProcess; readonly client: AgentClient; readonly console: Console }

function watch(qemu: QemuProcess, client: AgentClient, logFile: string, factor: number): Console {
  const console = new Console(qemu.console, logFile, crash => {
    const sentence = inTrouble(crash)
    // The lines that follow belong to the report: the kernel gets a moment to finish it.
    setTimeout(() => client.break(troubleWith(qemu, console, 'GUEST_CRASHED', sentence)), CRASH_REPORT_MS * factor)
  })
  void qemu.ended.then(how => {
    const crash =
      console.crash === undefined ? '' : ` after a kernel ${console.crash.kind}: ${console.crash.line.trim()}`
    client.break(troubleWith(qemu, console, 'GUEST_CRASHED', `QEMU ${how}${crash}`))
  })
  return console
}

function inTrouble({ kind, line }: Crash): string {
  return `The guest's kernel is in trouble (${kind}): ${line.trim()}`
}

async function firstAnswer({ qemu, client, console }: Parts, limit: number): Promise<Hello> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`it said nothing for ${seconds(limit)}`), limit)
  })
  const first = await Promise.race([client.hello, client.broken.then(error => error.message), late])
  clearTimeout(timer)
  if (typeof first !== 'string') return first
  await qemu.kill()
  const why = console.initFailure ?? first.replace(/\.$/, '')
  throw troubleWith(qemu, console, 'GUEST_BOOT', `The guest did not come up: ${why}`)
}

type Answering = { readonly accelerator: Accelerator; readonly kernelRelease: string; readonly callLimit: number }

function answering({ qemu, client, console }: Parts, { accelerator, kernelRelease, callLimit }: Answering): Guest {
  return {
    accelerator,
    kernelRelease,
    pid: qemu.pid,
    async call(method, params, onOutput) {
      const hung = setTimeout(() => {
        const sentence = `The guest did not answer ${method} within ${seconds(callLimit)}`
        client.break(troubleWith(qemu, console, 'GUEST_HUNG', sentence))
        void qemu.kill()
      }, callLimit)
      try {
        return await client.call(method, params, onOutput)
      } finally {
        clearTimeout(hung)
      }
    },
    async end() {
      await this[Symbol.asyncDispose]()
      const { crash } = console
      if (crash === undefined) return
      throw troubleWith(qemu, console, 'GUEST_CRASHED', inTrouble(crash))
    },
    async [Symbol.asyncDispose]() {
      client.break(new HarnessError('GUEST_CRASHED', 'The guest was stopped.'))
      await qemu.kill()
    },
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

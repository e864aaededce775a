import type { Cache } from '../cache/cache.ts'
import { HarnessError } from '../harness-error.ts'
import { initramfs } from '../image/initramfs.ts'
import { guestRoot } from '../image/root.ts'
import type { Kernel } from '../kernel/source.ts'
import type { Progress } from '../progress.ts'
import { type Accelerator, type AcceleratorChoice, KvmVerdict, kvmOpens } from '../qemu/accelerator.ts'
import { type GuestDisk, qemuArguments } from '../qemu/argv.ts'
import { Console } from '../qemu/console.ts'
import { type QemuProcess, qemuVersion, startQemu } from '../qemu/process.ts'
import { slowness } from '../slowness.ts'
import { bundleAgent } from './bundle.ts'
import { AgentClient, type OutputListener } from './client.ts'
import type { Method, Reply, Requests } from './protocol.ts'

export type GuestSpec = {
  readonly kernel: Kernel
  readonly accelerator: AcceleratorChoice
  /** The case's own images, in the order the guest finds them. */
  readonly disks: readonly GuestDisk[]
  /** Where the console log goes; kept after the guest. */
  readonly logFile: string
}

/** A guest that answered. It dies with its owner: `await using`. */
export class Guest implements AsyncDisposable {
  readonly accelerator: Accelerator
  /** `uname -r`, as the guest itself said. */
  readonly kernelRelease: string
  readonly logFile: string
  readonly commandLine: readonly string[]
  readonly #qemu: QemuProcess
  readonly #client: AgentClient
  readonly #missingModules: readonly string[]

  constructor(parts: {
    accelerator: Accelerator
    kernelRelease: string
    console: Console
    qemu: QemuProcess
    client: AgentClient
    missingModules: readonly string[]
  }) {
    this.accelerator = parts.accelerator
    this.kernelRelease = parts.kernelRelease
    this.logFile = parts.console.logFile
    this.commandLine = parts.qemu.commandLine
    this.#qemu = parts.qemu
    this.#client = parts.client
    this.#missingModules = parts.missingModules
  }

  /** Asks the agent. A SyscallError is the kernel's refusal; a HarnessError says that the guest is gone or hangs. */
  async call<M extends Method>(method: M, params: Requests[M], onOutput?: OutputListener): Promise<Reply<M>> {
    const limit = CALL_LIMIT_MS * slowness(this.accelerator)
    const hung = setTimeout(() => {
      this.#client.break(this.#hung(method, limit))
      void this.#qemu.kill()
    }, limit)
    try {
      return await this.#client.call(method, params, onOutput)
    } finally {
      clearTimeout(hung)
    }
  }

  /** Wanted by the guest and had neither as a module nor built in: what needs them cannot run on this kernel. */
  get missingModules(): readonly string[] {
    return this.#missingModules
  }

  get pid(): number {
    return this.#qemu.pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.break(new HarnessError('GUEST_CRASHED', 'The guest was stopped.'))
    await this.#qemu.kill()
  }

  #hung(method: Method, limit: number): HarnessError {
    return new HarnessError('GUEST_HUNG', `The guest did not answer ${method} within ${seconds(limit)}.`, {
      details: [`console log: ${this.logFile}`],
    })
  }
}

const BOOT_LIMIT_MS = 12_000
const CALL_LIMIT_MS = 10_000
const SHOWN_LINES = 12

/** Boots a guest and waits for its agent's greeting. Rejects with a HarnessError that shows the console's end. */
export async function bootGuest(spec: GuestSpec, cache: Cache, progress: Progress): Promise<Guest> {
  const verdict = new KvmVerdict(cache.dir, await qemuVersion())
  const accelerator = chooseAccelerator(spec.accelerator, verdict, progress)
  try {
    const guest = await boot(spec, accelerator, cache, progress)
    if (accelerator === 'kvm') verdict.remember(true)
    return guest
  } catch (error) {
    if (!(spec.accelerator === 'auto' && accelerator === 'kvm' && isKvmFailure(error))) throw error
    verdict.remember(false)
    progress.note(
      'KVM is here but does not work: the guest died before its first sign of life. Using TCG (emulation) instead, from now on.',
    )
    return boot(spec, 'tcg', cache, progress)
  }
}

function chooseAccelerator(choice: AcceleratorChoice, verdict: KvmVerdict, progress: Progress): Accelerator {
  if (choice !== 'auto') return choice
  const known = verdict.get()
  if (known === true) return 'kvm'
  if (known === undefined && kvmOpens()) return 'kvm'
  if (known === undefined) progress.note('No usable /dev/kvm: using TCG (emulation), which is slower.')
  return 'tcg'
}

async function boot(spec: GuestSpec, accelerator: Accelerator, cache: Cache, progress: Progress): Promise<Guest> {
  const root = await guestRoot({ cache, progress })
  const agent = await bundleAgent(cache)
  const boot = await initramfs({ cache, kernel: spec.kernel, root, agent })
  const disks = [{ serial: 'idmaplab-root', image: root.image, readOnly: true }, ...spec.disks]
  const machine = { accelerator, memoryMiB: 768, kernel: spec.kernel.image, initramfs: boot.path, disks }
  return progress.step(`boot Linux ${spec.kernel.version} (${accelerator})`, async () => {
    const qemu = startQemu(qemuArguments(machine))
    const client = new AgentClient(qemu.agent)
    const console = new Console(qemu.console, spec.logFile, crash => {
      const death = failure(
        `The guest's kernel is in trouble (${crash.kind}): ${crash.line.trim()}`,
        qemu,
        console,
        'GUEST_CRASHED',
      )
      // The lines that follow belong to the report: the kernel gets a moment to finish it.
      setTimeout(() => client.break(death), CRASH_REPORT_MS * slowness(accelerator))
    })
    void qemu.ended.then(how =>
      client.break(failure(`QEMU ${how} while the guest was in use`, qemu, console, 'GUEST_CRASHED')),
    )
    const hello = await firstAnswer(qemu, client, console, BOOT_LIMIT_MS * slowness(accelerator))
    return new Guest({
      accelerator,
      kernelRelease: hello.kernel,
      console,
      qemu,
      client,
      missingModules: boot.missingModules,
    })
  })
}

const CRASH_REPORT_MS = 100

async function firstAnswer(qemu: QemuProcess, client: AgentClient, console: Console, limit: number) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`did not come up within ${seconds(limit)}`), limit)
  })
  const first = await Promise.race([
    client.hello,
    client.broken.then(crashSentence),
    qemu.ended.then(how => `did not come up: QEMU ${how}`),
    late,
  ])
  clearTimeout(timer)
  if (typeof first !== 'string') return first
  await qemu.kill()
  throw failure(`The guest ${first}`, qemu, console, 'GUEST_BOOT')
}

function crashSentence(error: Error): string {
  return `did not come up: ${error.message.replace(/\.$/, '')}`
}

function failure(
  sentence: string,
  qemu: QemuProcess,
  console: Console,
  code: 'GUEST_BOOT' | 'GUEST_CRASHED',
): HarnessError {
  const said = console.last(SHOWN_LINES)
  return new HarnessError(code, `${sentence}.`, {
    details: [
      ...(qemu.stderr() === '' ? [] : ['QEMU said:', ...indent(qemu.stderr().split('\n'))]),
      ...(said.length === 0 ? ['the console stayed empty'] : ['the last console lines:', ...indent(said)]),
      `console log: ${console.logFile}`,
      `QEMU command line: ${qemu.commandLine.map(quote).join(' ')}`,
    ],
  })
}

function indent(lines: readonly string[]): string[] {
  return lines.map(line => `    ${line}`)
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** KVM that opens and then dies leaves an empty console; a kernel that panics has written to it first. */
function isKvmFailure(error: unknown): boolean {
  if (!(error instanceof HarnessError)) return false
  return error.details.some(
    line =>
      /KVM internal error|failed to initialize kvm|Could not access KVM/i.test(line) ||
      line === 'the console stayed empty',
  )
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

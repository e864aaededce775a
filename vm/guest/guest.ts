import type { Duplex } from 'node:stream'
import type { HostKernel, Kernel } from '../kernel/source.ts'
import type { AcceleratorChoice, Execution } from '../qemu/accelerator.ts'
import type { GuestDisk } from '../qemu/argv.ts'
import type { OutputListener } from './client.ts'
import type { Method, Reply, Requests } from './protocol.ts'

export type GuestSpec = {
  /** The machine's own needs no guest: its agent runs in namespaces, and everything else is the same. */
  readonly kernel: Kernel | HostKernel
  readonly accelerator: AcceleratorChoice
  /** The case's own images, in the order the guest finds them. */
  readonly disks: readonly GuestDisk[]
  /** Where the console log goes; kept after the guest. */
  readonly logFile: string
  /** Any short text, `42`: whatever is random in the guest begins from it. A number of 31 bits is drawn if it is absent. */
  readonly seed?: string
  /** Boots it, although a snapshot could be restored. */
  readonly cold?: boolean
  /** For a guest that is expected to hang. */
  readonly limits?: Partial<Limits>
}

/** With the seed that was given or drawn. */
export type SeededSpec = GuestSpec & { readonly seed: string }

/** How long things may take on an idle machine with KVM, in milliseconds; elsewhere the slowness factor is applied. */
export type Limits = { readonly boot: number; readonly call: number }

/** A guest that answered. It dies with its owner: `await using`. */
export interface Guest extends AsyncDisposable {
  readonly accelerator: Execution
  /** `uname -r`, as the guest itself said. */
  readonly kernelRelease: string
  /** The same seed gives the same guest, as far as the kernel lets it: `Math.random` of the agent, `$IDMAPLAB_SEED` of commands. */
  readonly seed: string
  /** Of the process it lives in: QEMU's, or that with the namespaces. */
  readonly pid: number
  /** How that process was called; QEMU's can be pasted into a shell. */
  readonly commandLine: string
  /** What there is to look at when something went wrong, besides the console: texts by the names of their files; bounded. */
  records(): Readonly<Record<string, string>>
  /** Ends the guest and reads its console to the end; rejects if its kernel got into trouble at any time. */
  end(): Promise<void>
  /** Asks the agent. A SyscallError is the kernel's refusal; a HarnessError says that the guest is gone or hangs. */
  call<M extends Method>(method: M, params: Requests[M], onOutput?: OutputListener): Promise<Reply<M>>
  /** Lets a guest be asked again whose kernel got into trouble; gives whether there is still one. */
  reopen(): boolean
  /** What a session's terminal shows, to be read; what is typed, to be written. */
  readonly terminal: Duplex
}

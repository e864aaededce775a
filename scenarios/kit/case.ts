import type { Cache } from '../../vm/cache/cache.ts'
import type { Guest, GuestSpec } from '../../vm/guest/guest.ts'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import type { Progress } from '../../vm/progress.ts'
import type { AcceleratorChoice } from '../../vm/qemu/accelerator.ts'
import type { Sabotage } from './sabotage.ts'

/** What a story is told with; the same for every case of a run. */
export type Case = {
  readonly kernel: Kernel | HostKernel
  readonly accelerator: AcceleratorChoice
  /** Boots each guest although a snapshot could be restored. */
  readonly cold?: boolean
  /** `openGuest`, or a stand-in for it. */
  readonly open: (spec: GuestSpec, cache: Cache, progress: Progress) => Promise<Guest>
  readonly cache: Cache
  readonly progress: Progress
  /** Each case has a directory of its own in here: its images and its console's log, and when it failed all there is to look at. */
  readonly artifacts: string
  /** Keeps a case's directory also when it passed. */
  readonly keepArtifacts?: boolean
  /** Takes over the guest of a case that failed and gives the command that leads into it; `undefined` when it does not want it. */
  readonly adopt?: (guest: Guest, directory: string) => Promise<string | undefined>
  readonly sabotage?: Sabotage
  /** Of every guest; each draws its own if absent. */
  readonly seed?: string
  /** How long a story may take on an idle machine with KVM, in seconds; elsewhere the slowness factor is applied. */
  readonly timeout?: number
  /** Ends a case that is being told, as INTERRUPTED. */
  readonly signal?: AbortSignal
}

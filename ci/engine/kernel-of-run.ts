import { fingerprint } from '../../vm/cache/fingerprint.ts'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import type { KernelSpec } from '../../vm/kernel/spec.ts'
import type { Progress } from '../../vm/progress.ts'
import type { RunEvent } from '../events.ts'
import type { PlannedCase, PlannedKernel } from '../plan/plan.ts'
import { type Crash, crashOf, type Unavailability, whyUnavailable } from './unavailable.ts'

/** Where kernels come from. */
export type KernelSupply = {
  /** Finds a kernel or fetches it. Rejects when it can't be had. */
  find(spec: KernelSpec, progress: Progress): Promise<Kernel | HostKernel>
  /** Makes what its guests begin from. Rejects when none can come up. */
  warm(kernel: Kernel | HostKernel, progress: Progress): Promise<void>
}

/** A kernel that can't be used, and what is known of its version. */
export type Unavailable = {
  readonly unavailable: Unavailability
  /** When it is so because the kernel is in trouble. */
  readonly crash?: Crash
  readonly version: string
  /** When it was found, and no guest comes up on it. */
  readonly found?: Kernel | HostKernel
}

/** What became of a kernel. */
type Readiness = { readonly kernel: Kernel | HostKernel } | Unavailable

/** A kernel with what is to be told on it. It is made ready once, for all of its cases: first found, then warmed. */
export class KernelOfRun {
  readonly spec: KernelSpec
  readonly cases: readonly PlannedCase[]
  readonly #supply: KernelSupply
  readonly #hear: (event: RunEvent) => void
  #settle: (readiness: Readiness | 'given up') => void = () => {}
  #found: Promise<Kernel | HostKernel> | undefined
  #ready: Promise<Readiness> | undefined
  /** Settles when {@link makeReady} did, or {@link giveUp} was called before; never rejects. */
  readonly ready: Promise<Readiness | 'given up'>

  constructor({ spec, cases }: PlannedKernel, supply: KernelSupply, hear: (event: RunEvent) => void) {
    this.spec = spec
    this.cases = cases
    this.#supply = supply
    this.#hear = hear
    this.ready = new Promise(resolve => {
      this.#settle = resolve
    })
  }

  /** What the directories of its cases are told apart by: its name, or, of a path, the end and a hash. */
  get label(): string {
    const { name } = this.spec
    if (/^[\w.+~-]{1,40}$/.test(name)) return name
    return `${name.replaceAll(/[^\w+~-]+/g, '.').slice(-30)}-${fingerprint(name)}`
  }

  /** Waits for the network and the disk, mostly. */
  async find(progress: Progress): Promise<void> {
    this.#found ??= this.#supply.find(this.spec, progress)
    await this.#found.catch(() => {})
  }

  /** Takes a processor: boots a guest where there is no snapshot of one. */
  makeReady(progress: Progress): Promise<Readiness> {
    this.#ready ??= this.#tryToMakeReady(progress).then(readiness => {
      this.#tell(readiness)
      this.#settle(readiness)
      return readiness
    })
    return this.#ready
  }

  /** Nobody will make it ready any more; what is settled stays so. */
  giveUp(): void {
    this.#settle('given up')
  }

  async #tryToMakeReady(progress: Progress): Promise<Readiness> {
    let found: Kernel | HostKernel | undefined
    try {
      this.#found ??= this.#supply.find(this.spec, progress)
      const kernel = await this.#found
      found = kernel
      await this.#supply.warm(kernel, progress)
      return { kernel }
    } catch (error) {
      const unavailable = whyUnavailable(error)
      if (found === undefined) return { unavailable, version: this.spec.name }
      const crash = crashOf(error)
      return { unavailable, version: found.version, found, ...(crash === undefined ? {} : { crash }) }
    }
  }

  #tell(readiness: Readiness): void {
    const about = { at: new Date().toISOString(), kernel: this.spec.name }
    if ('unavailable' in readiness) this.#hear({ type: 'kernel.unavailable', ...about, ...readiness.unavailable })
    else {
      const { version, note, ...kernel } = readiness.kernel
      const from = 'package' in kernel ? { package: kernel.package } : {}
      this.#hear({ type: 'kernel.ready', ...about, version, ...from, ...(note === undefined ? {} : { note }) })
    }
  }
}

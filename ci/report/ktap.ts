import type { Reporter, RunEvent } from '../events.ts'
import { BROKEN_OFF, isBrokenOff } from '../verdict.ts'
import { KtapKernel } from './ktap-kernel.ts'
import { ktapDiagnostic, ktapHead } from './ktap-lines.ts'
import type { LineOutput } from './output.ts'

/**
 * KTAP version 1: kernels, in them cases, in them chapters and assertions. A case is written when it has ended and its kernel's turn
 * has come; of a run that was cut off, a plan promises more than there is.
 */
export function ktapReporter(output: LineOutput): Reporter {
  let report: KtapReport | undefined
  return {
    hear(event) {
      if (event.type === 'run.started') report = new KtapReport(event, lines => output.write(linesOf(lines)))
      else report?.hear(event)
    },
    close: () => output.close(),
  }
}

function linesOf(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}

class KtapReport {
  readonly #kernels: readonly KtapKernel[]
  readonly #write: (lines: readonly string[]) => void
  /** Which kernel's cases are being written. */
  #turn = 0

  constructor(started: Extract<RunEvent, { type: 'run.started' }>, write: (lines: readonly string[]) => void) {
    const { kernels, cases, rounds, version, command, shard } = started
    this.#kernels = kernels.map(name => {
      const count = cases.filter(({ kernel }) => kernel === name).length
      return new KtapKernel(name, count, rounds)
    })
    this.#write = write
    const part = shard === undefined ? [] : [`shard ${shard.index} of ${shard.of}`]
    const about = [`idmaplab ${version}: idmaplab ${command.join(' ')}`, ...part]
    write([...ktapHead(kernels.length, 0), ...about.flatMap(ktapDiagnostic(0)), ...(this.#current?.head() ?? [])])
  }

  hear(event: RunEvent): void {
    switch (event.type) {
      case 'kernel.ready':
        this.#kernel(event.kernel)?.isReady(event.version, event.note)
        break
      case 'kernel.unavailable':
        this.#kernel(event.kernel)?.isUnavailable(event)
        break
      case 'case.ended':
        this.#kernel(event.verdict.case.kernel)?.ended(event.verdict)
        this.#goOn()
        break
      case 'run.ended':
        this.#end(event)
    }
  }

  /** Writes what has ended of the kernel whose turn it is; once all has, its result, and goes on with the next. */
  #goOn(): void {
    for (let kernel = this.#current; kernel !== undefined; kernel = this.#current) {
      this.#write(kernel.take())
      if (!kernel.isWhole) return
      this.#closeKernel(kernel)
    }
  }

  #end({ cut, notRun }: Extract<RunEvent, { type: 'run.ended' }>): void {
    if (cut !== undefined && !isBrokenOff(cut)) for (const id of notRun) this.#kernel(id.kernel)?.notTold(id, cut)
    this.#goOn()
    // What a run that was broken off did not begin is missing: no reader shall take the rest for a whole.
    for (let kernel = this.#current; kernel !== undefined; kernel = this.#current) {
      this.#write(kernel.take())
      this.#closeKernel(kernel)
    }
    if (isBrokenOff(cut))
      this.#write(ktapDiagnostic(0)(`incomplete: ${BROKEN_OFF[cut]}; ${notRun.length} cases are not told`))
  }

  #closeKernel(kernel: KtapKernel): void {
    this.#turn += 1
    this.#write([...kernel.result(this.#turn), ...(this.#current?.head() ?? [])])
  }

  get #current(): KtapKernel | undefined {
    return this.#kernels[this.#turn]
  }

  #kernel(name: string): KtapKernel | undefined {
    return this.#kernels.find(kernel => kernel.name === name)
  }
}

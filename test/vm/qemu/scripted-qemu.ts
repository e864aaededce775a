import { type Duplex, duplexPair } from 'node:stream'
import { Qmp } from '../../../vm/qemu/qmp.ts'

export const GREETING = '{"QMP": {"version": {}, "capabilities": []}}\r\n'

/** QEMU's end of a monitor: keeps what it is told, and says what the test wants. */
export class ScriptedQemu {
  readonly qmp: Qmp
  readonly told: { execute: string; arguments: unknown }[] = []
  readonly #wire: Duplex
  #wake: () => void = () => {}
  constructor() {
    const [ours, theirs] = duplexPair()
    this.#wire = theirs
    theirs.setEncoding('utf8')
    theirs.on('data', (text: string) => {
      for (const line of text.trim().split('\n')) this.told.push(JSON.parse(line))
      this.#wake()
    })
    this.qmp = new Qmp(ours)
  }
  /** Resolves when that many commands have come. */
  async toldCount(count: number): Promise<void> {
    while (this.told.length < count)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
  }

  says(text: string): void {
    this.#wire.write(text)
  }
  ends(): void {
    this.#wire.end()
  }
}

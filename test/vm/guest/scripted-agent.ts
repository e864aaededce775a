import { type Duplex, duplexPair } from 'node:stream'
import { AgentClient } from '../../../vm/guest/client.ts'
import { encodeFrame, FrameReader } from '../../../vm/guest/frames.ts'
import type { GuestMessage, Request } from '../../../vm/guest/protocol.ts'

/** The guest's end of the wire: shows what was asked, and says whatever it is told to, sense or nonsense. */
export class ScriptedAgent {
  readonly client: AgentClient
  readonly #wire: Duplex
  readonly #reader = new FrameReader()
  readonly #asked: Request[] = []
  #wake: () => void = () => {}

  constructor() {
    const [ours, theirs] = duplexPair()
    this.#wire = theirs
    this.client = new AgentClient(ours)
    theirs.on('data', (chunk: Buffer) => {
      this.#asked.push(...(this.#reader.push(chunk) as Request[]))
      this.#wake()
    })
  }

  /** Resolves when that many requests have come, with all of them. */
  async asked(count: number): Promise<readonly Request[]> {
    while (this.#asked.length < count) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.#asked
  }

  says(message: GuestMessage): void {
    this.sendsJson(message)
  }

  sendsJson(message: unknown): void {
    this.sends(encodeFrame(message))
  }

  sends(bytes: Buffer): void {
    this.#wire.write(bytes)
  }
}

/** What the promise was rejected with; fails the test when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    value => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}

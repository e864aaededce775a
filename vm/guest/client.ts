import type { Duplex } from 'node:stream'
import * as v from 'valibot'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { PROTOCOL } from '../agent-port.ts'
import { harmless } from '../harmless.ts'
import { HarnessError } from '../harness-error.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import {
  type Admission,
  type GuestMessage,
  guestMessage,
  type Method,
  type Reply,
  type Requests,
  replies,
} from './protocol.ts'

type Hello = Extract<GuestMessage, { kind: 'hello' }>
export type OutputListener = (stream: 'stdout' | 'stderr', data: Buffer) => void
/** A command's output is kept in memory until it ends; a session's is not. */
const MOST_OUTPUT = 32 * 1024 * 1024

type Pending = {
  readonly method: Method
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly onOutput: OutputListener | undefined
  streamed: number
}

/** The host's end of the agent's port: requests go out, several at once; replies come back checked. */
export class AgentClient {
  /** Resolves when a guest that was booted waits for its agent; one that is restored does not say so again. */
  readonly ready: Promise<object>
  /** Resolves when the agent is in and does what it is asked; said once, as {@link ready} is. */
  readonly hello: Promise<Hello>
  /** Resolves with the reason when the connection is of no use any more. */
  readonly broken: Promise<Error>
  readonly #socket: Duplex
  readonly #reader = new FrameReader()
  readonly #pending = new Map<number, Pending>()
  #waits: (ready: object) => void = () => {}
  #greet: (hello: Hello) => void = () => {}
  #reportBroken: (error: Error) => void = () => {}
  #broken: Error | undefined
  #gone = false
  /** Requests nobody waits for any more, whose answers may still come. */
  readonly #givenUp = new Set<number>()
  readonly #said = new Set<'ready' | 'hello'>()
  #lastId = 0

  constructor(socket: Duplex) {
    this.#socket = socket
    this.ready = new Promise(resolve => {
      this.#waits = resolve
    })
    this.hello = new Promise(resolve => {
      this.#greet = resolve
    })
    this.broken = new Promise(resolve => {
      this.#reportBroken = resolve
    })
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => {})
  }

  /** Sends the agent in; it says {@link hello} when it runs. */
  admit(admission: Admission): void {
    this.#socket.write(encodeFrame(admission))
  }

  /** Rejects with a SyscallError when the kernel refused, with a HarnessError when the guest is no longer there. */
  call<M extends Method>(method: M, params: Requests[M], onOutput?: OutputListener): Promise<Reply<M>> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    this.#lastId += 1
    const id = this.#lastId
    return new Promise<Reply<M>>((resolve, reject) => {
      this.#pending.set(id, { method, resolve: result => resolve(result as Reply<M>), reject, onOutput, streamed: 0 })
      this.#socket.write(encodeFrame({ id, method, params }))
    })
  }

  /** The guest is gone, or not to be trusted any more: whatever is asked or waited for fails with `error`, for good. */
  break(error: Error): void {
    this.#gone = true
    this.suspend(error)
  }

  /** Whatever is asked or waited for fails with `error`, until {@link resume}: the guest may still be there. */
  suspend(error: Error): void {
    if (this.#broken !== undefined) return
    this.#broken = error
    this.#reportBroken(error)
    for (const [id, { reject }] of this.#pending) {
      reject(error)
      this.#givenUp.add(id)
    }
    this.#pending.clear()
  }

  /** Lets a guest be asked again, whatever it was suspended for; gives whether it is still there. */
  resume(): boolean {
    if (!this.#gone) this.#broken = undefined
    return !this.#gone
  }

  #receive(chunk: Buffer): void {
    if (this.#gone) return
    try {
      for (const message of this.#reader.push(chunk)) this.#handle(v.parse(guestMessage, message))
    } catch (cause) {
      const said = harmless(cause instanceof Error ? cause.message : String(cause)).slice(0, 500)
      this.break(
        new HarnessError('GUEST_PROTOCOL', `The guest sent something the agent never sends: ${said}.`, { cause }),
      )
    }
  }

  #handle(message: GuestMessage): void {
    if (message.kind === 'reply' || message.kind === 'error' || message.kind === 'stream') {
      this.#answered(message)
      return
    }
    if (this.#said.has(message.kind)) throw new Error(`a second ${message.kind}`)
    this.#said.add(message.kind)
    if (message.kind === 'ready') this.#waits(message)
    else this.#greeted(message)
  }

  #answered(message: Exclude<GuestMessage, { kind: 'ready' | 'hello' }>): void {
    const pending = this.#pending.get(message.id)
    if (pending === undefined) {
      if (!this.#givenUp.has(message.id))
        throw new Error(`a ${message.kind} to request ${message.id}, which is not open`)
      if (message.kind !== 'stream') this.#givenUp.delete(message.id)
      return
    }
    if (message.kind === 'stream') {
      this.#stream(pending, message)
      return
    }
    if (message.kind === 'reply') pending.resolve(v.parse(replies[pending.method], message.result))
    else pending.reject(refusal(pending.method, message))
    // Only now: a reply of another shape breaks the connection, and this request must be among those that fail with it.
    this.#pending.delete(message.id)
  }

  #stream(pending: Pending, { stream, data }: Extract<GuestMessage, { kind: 'stream' }>): void {
    const bytes = Buffer.from(data, 'base64')
    pending.streamed += bytes.length
    if (pending.streamed > MOST_OUTPUT && pending.method !== 'session.run')
      throw new Error(`more than ${MOST_OUTPUT} bytes of output for one ${pending.method}`)
    pending.onOutput?.(stream, bytes)
  }

  #greeted(hello: Hello): void {
    if (hello.protocol !== PROTOCOL) throw new Error(`a greeting in protocol ${hello.protocol}, expected ${PROTOCOL}`)
    this.#greet(hello)
  }
}

function refusal(method: Method, message: Extract<GuestMessage, { kind: 'error' }>): Error {
  if (message.refusal === undefined) {
    return new HarnessError('GUEST_PROTOCOL', `The guest could not do ${method}: ${message.message}.`)
  }
  const { errno, syscall, args, actor, why } = message.refusal
  const error = new SyscallError({ errno, syscall, args, ...(actor === undefined ? {} : { actor }) })
  if (why !== undefined) error.message = why
  return error
}

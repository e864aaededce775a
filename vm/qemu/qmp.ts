import type { Duplex } from 'node:stream'
import * as v from 'valibot'
import { harmless } from '../harmless.ts'
import { HarnessError } from '../harness-error.ts'

/** A line of QEMU's is at most that long: it says `query-…` in a few kilobytes. */
const LONGEST_LINE = 1024 * 1024
const LONGEST_TRANSCRIPT = 256 * 1024

const message = v.union([
  v.object({ QMP: v.object({}) }),
  v.object({ return: v.unknown() }),
  v.object({ error: v.object({ class: v.string(), desc: v.string() }) }),
  v.object({ event: v.string(), data: v.optional(v.record(v.string(), v.unknown())) }),
])

type QmpEvent = { readonly event: string; readonly data: Readonly<Record<string, unknown>> }

type Listener = { hear(event: QmpEvent): void; broken(error: Error): void }
type Pending = { readonly command: string; resolve(result: unknown): void; reject(error: Error): void }

/** QEMU's own monitor (docs/interop/qmp-spec.rst): commands one after the other, and what QEMU tells unasked. */
export class Qmp {
  readonly #socket: Duplex
  readonly #queue: Pending[] = []
  readonly #listeners = new Set<Listener>()
  #partial = ''
  #transcript = ''
  #broken: Error | undefined

  /** Negotiates at once: the first command may be given right after. */
  constructor(socket: Duplex) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#receive(text))
    socket.on('error', () => {})
    socket.on('end', () => this.#break('QEMU closed its monitor'))
    socket.on('close', () => this.#break('QEMU closed its monitor'))
    this.execute('qmp_capabilities').catch(() => {})
  }

  /** Everything said so far, one JSON document a line, `>` what QEMU was told and `<` what it said; bounded. */
  get transcript(): string {
    return this.#transcript
  }

  /** Rejects with {@link QmpRefusal} when QEMU refuses, with a HarnessError when QEMU is gone. */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    const line = JSON.stringify({ execute: command, arguments: args })
    this.#record(`> ${line}`)
    this.#socket.write(`${line}\n`)
    return new Promise((resolve, reject) => this.#queue.push({ command, resolve, reject }))
  }

  /** Waits for the first event from now on of which `pick` makes something; rejects when QEMU is gone. */
  until<T>(pick: (event: QmpEvent) => T | undefined): Promise<T> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    return new Promise<T>((resolve, broken) => {
      const hear = (event: QmpEvent) => {
        const picked = pick(event)
        if (picked === undefined) return
        this.#listeners.delete(listener)
        resolve(picked)
      }
      const listener = { hear, broken }
      this.#listeners.add(listener)
    })
  }

  #receive(text: string): void {
    const lines = (this.#partial + text).split('\n')
    this.#partial = lines.pop() ?? ''
    if (this.#partial.length > LONGEST_LINE) this.#break('QEMU said a line without an end on its monitor')
    for (const line of lines) if (this.#broken === undefined && line.trim() !== '') this.#hear(line.trim())
  }

  #hear(line: string): void {
    this.#record(`< ${harmless(line)}`)
    const said = v.safeParse(message, parse(line))
    if (!said.success) this.#break('QEMU said something on its monitor that is no QMP')
    else if ('event' in said.output) this.#tell({ event: said.output.event, data: said.output.data ?? {} })
    else if (!('QMP' in said.output)) this.#answered(said.output)
  }

  #tell(event: QmpEvent): void {
    for (const listener of [...this.#listeners]) listener.hear(event)
  }

  #answered(answer: { readonly return: unknown } | { readonly error: { class: string; desc: string } }): void {
    const pending = this.#queue.shift()
    if (pending === undefined) this.#break('QEMU answered a command nobody gave')
    else if ('error' in answer) pending.reject(new QmpRefusal(pending.command, answer.error.class, answer.error.desc))
    else pending.resolve(answer.return)
  }

  #break(why: string): void {
    if (this.#broken !== undefined) return
    this.#broken = new HarnessError('QEMU_DIED', `${why}.`)
    for (const { reject } of this.#queue.splice(0)) reject(this.#broken)
    for (const { broken } of this.#listeners) broken(this.#broken)
    this.#listeners.clear()
  }

  #record(line: string): void {
    if (this.#transcript.length < LONGEST_TRANSCRIPT) this.#transcript += `${line}\n`
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** QEMU refused a command of its monitor. */
export class QmpRefusal extends HarnessError {
  /** `GenericError`, `CommandNotFound`, … as QMP has it. */
  readonly refusal: string
  constructor(command: string, refusal: string, description: string) {
    super('QEMU_REFUSED', `QEMU refused ${command}: ${harmless(description).replace(/\.$/, '')}.`)
    this.refusal = refusal
  }
}

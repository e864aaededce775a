import fs from 'node:fs'
import { DiagnosedError } from '../../../lib/kernel/diagnosis.ts'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import { PROTOCOL } from '../../agent-port.ts'
import { encodeFrame, FrameReader } from '../frames.ts'
import type { GuestMessage, Method, Request } from '../protocol.ts'
import { type Handlers, handlersOn } from './handlers.ts'
import type { Place } from './place.ts'

const READ_BYTES = 64 * 1024

const reader = new FrameReader()
const buffer = Buffer.alloc(READ_BYTES)
let port: number
let handlers: Handlers

/** Greets whoever is at the other end of the open port, and does what is asked for until that end is closed. */
export function serve(agentPort: number, place: Place): void {
  port = agentPort
  handlers = handlersOn(place)
  send({ kind: 'hello', protocol: PROTOCOL })
  receive()
}

// The port is a character device libuv cannot poll: one thread of its pool waits in read(2).
function receive(): void {
  fs.read(port, buffer, 0, READ_BYTES, null, (error, bytes) => {
    if (error !== null || bytes === 0) process.exit(error === null ? 0 : 1)
    for (const message of reader.push(Buffer.from(buffer.subarray(0, bytes)))) void answer(message as Request)
    receive()
  })
}

async function answer(request: Request): Promise<void> {
  try {
    const result = await perform(request)
    send({ kind: 'reply', id: request.id, result: result ?? null })
  } catch (error) {
    send({ kind: 'error', id: request.id, ...describe(error) })
  }
}

function perform<M extends Method>(request: Extract<Request, { method: M }>): unknown {
  const handler = handlers[request.method as M]
  return handler(request.params as never, (stream, data) =>
    send({ kind: 'stream', id: request.id, stream, data: data.toString('base64') }),
  )
}

function describe(error: unknown): { message: string; refusal?: Extract<GuestMessage, { kind: 'error' }>['refusal'] } {
  if (error instanceof SyscallError) {
    const { errno, syscall, actor } = error
    const why = error instanceof DiagnosedError ? { why: error.message } : {}
    return { message: error.message, refusal: { errno, syscall, args: [...error.args], actor, ...why } }
  }
  return { message: error instanceof Error ? error.message : String(error) }
}

function send(message: GuestMessage): void {
  const frame = encodeFrame(message)
  for (let at = 0; at < frame.length; ) at += fs.writeSync(port, frame, at)
}

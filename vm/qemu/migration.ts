import { once } from 'node:events'
import { open } from 'node:fs/promises'
import net from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { harmless } from '../harmless.ts'
import { HarnessError } from '../harness-error.ts'
import { QemuFd } from './argv.ts'
import { type Qmp, QmpRefusal } from './qmp.ts'

/** The capability that leaves memory which is a shared file out of the state (since 4.1, still marked experimental in 10.0). */
const IGNORE_SHARED = 'x-ignore-shared'

/** No guest of a kernel can be frozen, or restored, here: they must boot. */
export class CannotFreeze extends HarnessError {
  constructor(why: string) {
    super('QEMU_REFUSED', `No snapshot can be made: ${why}.`)
  }
}

/** Rejects with {@link CannotFreeze} when this QEMU cannot leave the memory where it is. */
export async function requireFreezing(qmp: Qmp): Promise<void> {
  const known = await qmp.execute('query-migrate-capabilities').catch((error: unknown) => {
    if (error instanceof QmpRefusal) return []
    throw error
  })
  if (!Array.isArray(known) || !known.some(({ capability }) => capability === IGNORE_SHARED))
    throw new CannotFreeze(`this QEMU has no migration capability ${IGNORE_SHARED}`)
}

/**
 * Ends the machine and gives the state of its devices, some hundred kilobytes; its memory is in its file.
 * `directory` is QEMU's working directory, for a socket to meet at.
 */
export async function freeze(qmp: Qmp, directory: string): Promise<Buffer> {
  await qmp.execute('stop')
  await prepare(qmp)
  const meeting = await listen(directory)
  try {
    await migrated(qmp, 'migrate', `unix:${SOCKET}`).catch(asImpossible)
    // It keeps the socket open until it ends.
    await qmp.execute('quit')
    return await meeting.state
  } finally {
    await meeting.close()
  }
}

/** Gives a machine started with `incoming` its state; it runs when this resolves. */
export async function thaw(qmp: Qmp, stream: Writable, state: Buffer): Promise<void> {
  await prepare(qmp)
  const running = migrated(qmp, 'migrate-incoming', `fd:${QemuFd.state}`)
  stream.end(state)
  await running
  // It was stopped when it was frozen, and stays so.
  await qmp.execute('cont')
}

const SOCKET = 'state.sock'

// `migrate` takes no inherited file descriptor, `migrate-incoming` does, and the sandbox forbids `exec:cat`. A path of a
// socket is at most 107 bytes long: both sides name it from a directory they have.
async function listen(directory: string): Promise<{ readonly state: Promise<Buffer>; close(): Promise<void> }> {
  const handle = await open(directory)
  const server = net.createServer()
  const state = once(server, 'connection').then(([socket]) => collect(socket as net.Socket))
  state.catch(() => {})
  server.listen(`/proc/self/fd/${handle.fd}/${SOCKET}`)
  await once(server, 'listening')
  return {
    state,
    async close() {
      server.close()
      await handle.close()
    },
  }
}

function prepare(qmp: Qmp): Promise<unknown> {
  const on = [IGNORE_SHARED, 'events'].map(capability => ({ capability, state: true }))
  return qmp.execute('migrate-set-capabilities', { capabilities: on })
}

async function migrated(qmp: Qmp, command: 'migrate' | 'migrate-incoming', uri: string): Promise<void> {
  const over = qmp.until(({ event, data }) => {
    if (event !== 'MIGRATION') return undefined
    return data.status === 'completed' || data.status === 'failed' ? data.status : undefined
  })
  const [status] = await Promise.all([over, qmp.execute(command, { uri })])
  if (status === 'failed')
    throw new HarnessError('QEMU_REFUSED', `QEMU began ${command} and failed: ${await whyFailed(qmp)}.`)
}

function asImpossible(error: unknown): never {
  const refused = error instanceof HarnessError && error.code === 'QEMU_REFUSED'
  throw refused ? new CannotFreeze(error.message.replace(/\.$/, '')) : error
}

async function whyFailed(qmp: Qmp): Promise<string> {
  const about = await qmp.execute('query-migrate').catch(() => undefined)
  const why = (about as { 'error-desc'?: unknown } | undefined)?.['error-desc']
  return typeof why === 'string' ? harmless(why) : 'it does not say why'
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

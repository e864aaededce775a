import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { Duplex } from 'node:stream'
import * as v from 'valibot'
import { HarnessError } from '../harness-error.ts'
import type { OutputListener } from './client.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import type { Guest } from './guest.ts'
import { openSession, type Session, type SessionCommand, type SessionEnd } from './session.ts'

const SOCKET = 'guest.sock'

const size = v.object({ columns: v.number(), rows: v.number() })
const fromPerson = v.variant('kind', [
  v.object({
    kind: v.literal('open'),
    argv: v.array(v.string()),
    environment: v.record(v.string(), v.string()),
    terminal: v.nullable(v.object({ ...size.entries, term: v.string() })),
  }),
  v.object({ kind: v.literal('input'), data: v.string() }),
  v.object({ kind: v.literal('endInput'), bytes: v.number() }),
  v.object({ kind: v.literal('resize'), size }),
])
const toPerson = v.variant('kind', [
  v.object({ kind: v.literal('output'), stream: v.picklist(['stdout', 'stderr', 'terminal']), data: v.string() }),
  v.object({ kind: v.literal('end'), code: v.nullable(v.number()), signal: v.nullable(v.string()) }),
  v.object({ kind: v.literal('failed'), message: v.string() }),
])
type FromPerson = v.InferOutput<typeof fromPerson>
type ToPerson = v.InferOutput<typeof toPerson>

/** Lets whoever may enter `directory` (its owner alone: it becomes 0700) open sessions in the guest, over a socket in it, one after the other. */
export async function serveSessions(
  guest: Guest,
  directory: string,
): Promise<AsyncDisposable & { readonly socket: string }> {
  fs.chmodSync(directory, 0o700)
  const short = shortly(directory)
  const open = new Set<net.Socket>()
  const server = net.createServer(socket => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    serve(guest, socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path.join(short.path, SOCKET), resolve)
  })
  return {
    socket: path.join(directory, SOCKET),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      short.close()
    },
  }
}

/** A session in the guest that another process keeps, through its socket. */
export async function enterSession(
  file: string,
  command: SessionCommand,
  onOutput: OutputListener = () => {},
): Promise<Session> {
  const short = shortly(path.dirname(path.resolve(file)))
  const socket = net.connect(path.join(short.path, path.basename(file)))
  await connected(socket, file).finally(() => short.close())
  const send = (message: FromPerson): boolean => socket.write(encodeFrame(message))
  const bytes = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      if (send({ kind: 'input', data: chunk.toString('base64') })) done()
      else socket.once('drain', () => done())
    },
  })
  const ended = hear(socket, message => {
    const data = Buffer.from(message.data, 'base64')
    if (message.stream !== 'terminal') onOutput(message.stream, data)
    else if (!bytes.push(data)) socket.pause()
  })
  send({ kind: 'open', argv: [...command.argv], environment: command.environment, terminal: command.terminal })
  return {
    bytes,
    ended,
    resize: wanted => void send({ kind: 'resize', size: wanted }),
    endInput: count => void send({ kind: 'endInput', bytes: count }),
    hangUp: () => socket.destroy(),
  }
}

function connected(socket: net.Socket, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', cause =>
      reject(
        new HarnessError(
          'GUEST_STOPPED',
          `Nobody keeps a guest at ${file} (${cause.message}): the run that kept it has ended.`,
          {
            blame: 'user',
            cause,
          },
        ),
      ),
    )
  })
}

function hear(socket: net.Socket, show: (message: Extract<ToPerson, { kind: 'output' }>) => void): Promise<SessionEnd> {
  const reader = new FrameReader()
  return new Promise((resolve, reject) => {
    const gone = () =>
      reject(new HarnessError('GUEST_STOPPED', 'The run that kept the guest has ended, and the guest with it.'))
    socket.on('close', gone)
    socket.on('error', gone)
    socket.on('data', (chunk: Buffer) => {
      for (const message of reader.push(chunk).map(heard => v.parse(toPerson, heard))) {
        if (message.kind === 'output') show(message)
        else if (message.kind === 'end') resolve({ code: message.code, signal: message.signal })
        else reject(new HarnessError('GUEST_PROTOCOL', message.message))
      }
    })
  })
}

function serve(guest: Guest, socket: net.Socket): void {
  const reader = new FrameReader()
  let session: Session | undefined
  const send = (message: ToPerson): boolean => socket.write(encodeFrame(message))
  const show = (data: Buffer): void => {
    if (send({ kind: 'output', stream: 'terminal', data: data.toString('base64') })) return
    guest.terminal.pause()
    socket.once('drain', () => guest.terminal.resume())
  }
  const begin = (command: SessionCommand): Session => {
    const opened = openSession(guest, command, (stream, data) =>
      send({ kind: 'output', stream, data: data.toString('base64') }),
    )
    guest.terminal.on('data', show)
    const over = opened.ended.then(
      end => send({ kind: 'end', ...end }),
      (error: unknown) => send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
    void over.finally(() => {
      guest.terminal.off('data', show)
      socket.end()
    })
    return opened
  }
  const obey = (message: FromPerson): void => {
    if (message.kind === 'open') {
      const { argv, environment, terminal } = message
      session ??= begin({ argv, environment, terminal })
    }
    if (message.kind === 'input') session?.bytes.write(Buffer.from(message.data, 'base64'))
    if (message.kind === 'resize') session?.resize(message.size)
    if (message.kind === 'endInput') session?.endInput(message.bytes)
  }
  socket.on('error', () => {})
  socket.on('close', () => session?.hangUp())
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const message of reader.push(chunk)) obey(v.parse(fromPerson, message))
    } catch {
      socket.destroy()
    }
  })
}

/** A short path of a directory: the name of a socket may have 107 bytes (unix(7)), a cache's path more. */
function shortly(directory: string): { readonly path: string; close(): void } {
  const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  return { path: `/proc/self/fd/${fd}`, close: () => fs.closeSync(fd) }
}

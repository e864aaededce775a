import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import type { Writable } from 'node:stream'
import { openPty, setTerminalSize } from '../../../lib/kernel/pty.ts'
import type { Reply, Requests } from '../protocol.ts'
import { actorCommand } from './actors.ts'

type Output = (stream: 'stdout' | 'stderr', data: Buffer) => void

/** Where what the host types goes, until the session is over. */
type Session = {
  readonly type: (data: Buffer) => Promise<void>
  readonly resize: (size: Requests['session.resize']) => void
  readonly endInput: () => void
  readonly hangUp: () => void
}

const CHUNK = 32 * 1024
const LAST_WORDS_MS = 500

let session: Session | undefined
let typed = 0
let lastByte = Number.POSITIVE_INFINITY
let terminal: number | undefined

/**
 * Runs a command for a person: on a pseudo-terminal of its own, whose bytes go over the terminal's port, or with plain
 * streams, of which the input comes over that port. One at a time. Nothing is gathered here: who is not read waits.
 */
export async function runSession(
  params: Requests['session.run'],
  output: Output,
  openTerminal: () => number,
): Promise<Reply<'session.run'>> {
  if (session !== undefined) throw new Error('another session is going on in this guest')
  typed = 0
  lastByte = Number.POSITIVE_INFINITY
  listenTo(openTerminal)
  try {
    return await (params.terminal === null ? runPlainly(params, output) : runOnTerminal(params, params.terminal))
  } finally {
    session = undefined
  }
}

export function resizeSession(size: Requests['session.resize']): void {
  session?.resize(size)
}

/** The host will send no more than `bytes` in all. */
export function endSessionInput({ bytes }: Requests['session.endInput']): void {
  lastByte = bytes
  if (typed >= lastByte) session?.endInput()
}

/** The host's person has gone: the command gets SIGHUP. */
export function hangUpSession(): void {
  session?.hangUp()
}

type OnTerminal = NonNullable<Requests['session.run']['terminal']>

async function runOnTerminal(
  { actor, argv, environment }: Requests['session.run'],
  { term, ...size }: OnTerminal,
): Promise<Reply<'session.run'>> {
  const { master, path } = openPty()
  setTerminalSize(master, size)
  const slave = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NOCTTY)
  const [command = '', ...args] = ['setsid', '--ctty', ...actorCommand(actor), ...argv]
  const env = { ...process.env, ...environment, TERM: term }
  const child = spawn(command, args, { stdio: [slave, slave, slave], env })
  fs.closeSync(slave)
  session = {
    type: data => writeAll(master, data),
    resize: wanted => setTerminalSize(master, wanted),
    endInput: () => {},
    hangUp: () => child.kill('SIGHUP'),
  }
  const show = new Show(master)
  const ended = await end(child)
  // What was left running in the background may keep the terminal open for ever.
  const patience = setInterval(() => {
    if (show.quiet()) wakeReader(path)
  }, LAST_WORDS_MS)
  await show.over
  clearInterval(patience)
  fs.closeSync(master)
  return ended
}

// A thread that waits in read(2) on the master wakes when there is something to read.
function wakeReader(terminalPath: string): void {
  const slave = fs.openSync(terminalPath, fs.constants.O_RDWR | fs.constants.O_NOCTTY)
  fs.writeSync(slave, '\n')
  fs.closeSync(slave)
}

async function runPlainly(
  { actor, argv, environment }: Requests['session.run'],
  output: Output,
): Promise<Reply<'session.run'>> {
  const [command = '', ...args] = [...actorCommand(actor), ...argv]
  const child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...environment } })
  const { stdin } = child
  child.stdout.on('data', data => output('stdout', data))
  child.stderr.on('data', data => output('stderr', data))
  stdin.on('error', () => {})
  session = {
    type: data => writeTo(stdin, data),
    resize: () => {},
    endInput: () => stdin.end(),
    hangUp: () => child.kill('SIGHUP'),
  }
  return end(child, complaint => output('stderr', Buffer.from(`${command}: ${complaint}\n`)))
}

// As shells have it: 127 for a command that is not there, 126 for one that cannot be executed.
function end(child: ChildProcess, complain: (why: string) => void = () => {}): Promise<Reply<'session.run'>> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const code = { ENOENT: 127, EACCES: 126 }[error.code ?? '']
      if (code === undefined) return reject(error)
      complain(code === 127 ? 'not found' : 'cannot be executed')
      resolve({ code, signal: null })
    })
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
}

// What is typed when nobody listens is let go, as with a terminal nobody reads.
function listenTo(openTerminal: () => number): void {
  if (terminal !== undefined) return
  terminal = openTerminal()
  void listen(terminal)
}

// The ports and a pseudo-terminal's master are read and written by threads of libuv's pool: none of them can be polled.
async function listen(port: number): Promise<void> {
  for (;;) {
    const data = await readSome(port)
    if (data === undefined) return
    typed += data.length
    await session?.type(data).catch(() => {})
    if (typed >= lastByte) session?.endInput()
  }
}

/** Passes on what a terminal shows, until nobody has it open (its master fails with EIO then) or it has been quiet for a while. */
class Show {
  readonly over: Promise<void>
  #showing = true
  #stopped = false

  constructor(master: number) {
    this.over = this.#show(master)
  }

  /** Stops when nothing was shown since the last time this was asked; gives whether it does. */
  quiet(): boolean {
    this.#stopped = !this.#showing
    this.#showing = false
    return this.#stopped
  }

  async #show(master: number): Promise<void> {
    for (let data = await readSome(master); data !== undefined && !this.#stopped; data = await readSome(master)) {
      const passing = writeAll(terminal ?? -1, data)
      const slow = setInterval(() => {
        this.#showing = true
      }, LAST_WORDS_MS / 4)
      this.#showing = true
      await passing
      clearInterval(slow)
    }
  }
}

function readSome(fd: number): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(CHUNK)
  return new Promise(resolve => {
    fs.read(fd, buffer, 0, CHUNK, null, (error, bytes) =>
      resolve(error !== null || bytes === 0 ? undefined : buffer.subarray(0, bytes)),
    )
  })
}

async function writeAll(fd: number, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length; )
    at += await new Promise<number>((resolve, reject) => {
      fs.write(fd, data, at, data.length - at, null, (error, bytes) =>
        error === null ? resolve(bytes) : reject(error),
      )
    })
}

function writeTo(stream: Writable, data: Buffer): Promise<void> {
  return new Promise(resolve => stream.write(data, () => resolve()))
}

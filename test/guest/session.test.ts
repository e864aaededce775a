import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Guest } from '../../vm/guest/guest.ts'
import { openSession, type Session, type SessionEnd } from '../../vm/guest/session.ts'
import { startGuest } from './lab.ts'

let guest: Guest

beforeAll(async () => {
  guest = await startGuest()
}, 120_000)
afterAll(() => guest[Symbol.asyncDispose]())

const shell = ['/idmaplab/busybox', 'ash', '-i']
const terminal = { columns: 97, rows: 31, term: 'xterm-256color' }

/** What a person has seen so far, and a wait for more. */
class Screen {
  seen = ''
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
    session.bytes.on('data', this.#show)
  }

  /** Types, and waits until something is seen behind what was seen before. */
  async type(keys: string, until: string): Promise<void> {
    const from = this.seen.length
    this.#session.bytes.write(keys)
    await this.sees(until, from)
  }

  async sees(what: string, from = 0): Promise<void> {
    while (!this.seen.includes(what, from)) await once(this.#session.bytes, 'data')
  }

  async end(): Promise<SessionEnd> {
    const end = await this.#session.ended
    this.#session.bytes.off('data', this.#show)
    return end
  }

  readonly #show = (data: Buffer): void => {
    this.seen += data.toString()
  }
}

it('a shell has a terminal of its own: its size, its name, Ctrl-C, and an exit code', async () => {
  const session = openSession(guest, { argv: shell, environment: { PS1: 'ready> ' }, terminal })
  const screen = new Screen(session)
  await screen.sees('ready> ')
  await screen.type('stty size; echo $TERM; tty\r', '31 97\r\nxterm-256color\r\n/dev/pts/')
  await screen.type('trap "stty size" WINCH; echo set\r', 'set\r\n')
  session.resize({ columns: 120, rows: 40 })
  await screen.type('stty size\r', '40 120')
  // Ctrl-C is a signal only once the shell has given the terminal to the command.
  await screen.type("sh -c 'echo started; exec sleep 3600'\r", 'started\r\n')
  await screen.type('\x03', 'ready> ')
  await screen.type('echo code $?\r', 'code 130')
  await screen.type('exit 42\r', 'exit')
  expect(await screen.end()).toEqual({ code: 42, signal: null })
})

it('what is left running in the background does not keep the session from ending, nor the next from beginning', async () => {
  const argv = ['/idmaplab/busybox', 'sh', '-c', '(trap "" HUP; sleep 3600) & printf "\\033[31mlast words"']
  for (let time = 0; time < 3; time++) {
    const screen = new Screen(openSession(guest, { argv, environment: {}, terminal }))
    expect(await screen.end()).toEqual({ code: 0, signal: null })
    expect(screen.seen).toBe('\x1b[31mlast words')
  }
})

it('a megabyte is shown whole, to the last byte, although the command has ended before', async () => {
  const argv = ['/idmaplab/busybox', 'sh', '-c', 'yes 0123456789abcde | head -c 1000000']
  const screen = new Screen(openSession(guest, { argv, environment: {}, terminal }))
  await screen.end()
  expect(screen.seen.replaceAll('\r\n', '\n')).toHaveLength(1_000_000)
})

it('without a terminal the streams are apart, the input is whatever its length, and its end is passed on', async () => {
  const heard = { stdout: '', stderr: '' }
  const argv = ['/idmaplab/busybox', 'sh', '-c', 'wc -c; echo trouble >&2; exit 3']
  const session = openSession(guest, { argv, environment: {}, terminal: null }, (stream, data) => {
    heard[stream] += data.toString()
  })
  session.bytes.write(Buffer.alloc(300_000, 'x'))
  session.endInput(300_000)
  expect(await session.ended).toEqual({ code: 3, signal: null })
  expect(heard).toEqual({ stdout: '300000\n', stderr: 'trouble\n' })
})

it('a session whose person has gone ends, and a second at the same time is refused with a sentence', async () => {
  const first = openSession(guest, { argv: shell, environment: { PS1: 'ready> ' }, terminal })
  const screen = new Screen(first)
  await screen.sees('ready> ')
  await expect(openSession(guest, { argv: shell, environment: {}, terminal }).ended).rejects.toThrow(
    'another session is going on in this guest',
  )
  first.hangUp()
  expect(await screen.end()).toMatchObject({ code: null, signal: 'SIGHUP' })
})

it.each([
  ['/no/such', 127, 'not found'],
  ['/etc/passwd', 126, 'cannot be executed'],
])('a command that cannot be run, %s, ends with %i, as in a shell, and says why', async (command, code, why) => {
  let said = ''
  const listen = (_stream: string, data: Buffer): void => {
    said += data.toString()
  }
  const session = openSession(guest, { argv: [command], environment: {}, terminal: null }, listen)
  expect(await session.ended).toEqual({ code, signal: null })
  expect(said).toBe(`${command}: ${why}\n`)
})

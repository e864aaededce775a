import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Guest } from '../../../vm/guest/guest.ts'
import type { Requests } from '../../../vm/guest/protocol.ts'
import type { SessionEnd } from '../../../vm/guest/session.ts'
import { enterSession, serveSessions } from '../../../vm/guest/session-socket.ts'
import { type Answers, FakeGuest } from '../../scenarios/fake-guest.ts'

let place: DirectoryResult

beforeEach(async () => {
  place = await temporaryDirectory({ unsafeCleanup: true })
})
afterEach(() => place.cleanup())

/** A guest with one command that is started, whose terminal shows what is typed, and ends when told. */
class Typewriter {
  readonly guest: FakeGuest
  readonly started: Promise<Requests['session.run']>
  #end: (end: SessionEnd) => void = () => {}
  readonly out: (stream: 'stdout' | 'stderr', data: string) => void = (stream, data) =>
    this.#output(stream, Buffer.from(data))
  #output: (stream: 'stdout' | 'stderr', data: Buffer) => void = () => {}

  constructor() {
    let start: (params: Requests['session.run']) => void = () => {}
    this.started = new Promise(resolve => {
      start = resolve
    })
    const answers: Answers = {
      'session.run': (params, onOutput) => {
        this.#output = onOutput
        start(params)
        return new Promise(resolve => {
          this.#end = resolve
        })
      },
    }
    this.guest = new FakeGuest(answers)
  }

  end(end: SessionEnd): void {
    this.#end(end)
  }
}

const terminal = { columns: 80, rows: 25, term: 'xterm' }
const command = { argv: ['ash', '-i'], environment: { ENV: '/profile' }, terminal }

test('a session through a socket: what is typed goes in, what is shown comes out, and the command’s end is told', async () => {
  const { guest, started, end } = endable()
  await using door = await serveSessions(guest, place.path)
  const session = await enterSession(door.socket, command)
  expect(await started).toEqual({ actor: 0, ...command })
  session.bytes.write('typed')
  expect(await nextOf(session.bytes)).toBe('typed')
  session.resize({ columns: 120, rows: 40 })
  await askedFor(guest, 'session.resize')
  expect(guest.askedFor('session.resize')).toEqual([{ columns: 120, rows: 40 }])
  end({ code: 42, signal: null })
  expect(await session.ended).toEqual({ code: 42, signal: null })
})

test('without a terminal each stream comes out by itself, and the end of the input is passed on', async () => {
  const typewriter = new Typewriter()
  await using door = await serveSessions(typewriter.guest, place.path)
  const heard: string[] = []
  const session = await enterSession(door.socket, { ...command, terminal: null }, (stream, data) =>
    heard.push(`${stream} ${data}`),
  )
  await typewriter.started
  session.endInput(7)
  await askedFor(typewriter.guest, 'session.endInput')
  typewriter.out('stderr', 'e')
  typewriter.out('stdout', 'o')
  typewriter.end({ code: null, signal: 'SIGTERM' })
  expect(await session.ended).toEqual({ code: null, signal: 'SIGTERM' })
  expect(heard).toEqual(['stderr e', 'stdout o'])
})

test('whoever goes away hangs up, and the next one can come', async () => {
  const { guest, started } = endable()
  await using door = await serveSessions(guest, place.path)
  const session = await enterSession(door.socket, command)
  session.ended.catch(() => {})
  await started
  session.hangUp()
  await askedFor(guest, 'session.hangUp')
  const other = await enterSession(door.socket, command)
  other.ended.catch(() => {})
})

test('only its owner may enter, and when nobody keeps the guest any more that is a sentence', async () => {
  const door = await serveSessions(endable().guest, place.path)
  expect(fs.statSync(place.path).mode & 0o777).toBe(0o700)
  await door[Symbol.asyncDispose]()
  expect(fs.readdirSync(place.path)).toEqual([])
  await expect(enterSession(door.socket, command)).rejects.toMatchObject({
    code: 'GUEST_STOPPED',
    blame: 'user',
    message: expect.stringMatching(/^Nobody keeps a guest at .*guest\.sock .*: the run that kept it has ended\.$/),
  })
})

test('a session ends with a sentence when the run that keeps the guest ends', async () => {
  const { guest, started } = endable()
  const door = await serveSessions(guest, place.path)
  const session = await enterSession(door.socket, command)
  const ended = expect(session.ended).rejects.toMatchObject({ code: 'GUEST_STOPPED' })
  await started
  await door[Symbol.asyncDispose]()
  await ended
})

test('a directory of any length can have the socket', async () => {
  const deep = path.join(place.path, ...Array.from({ length: 8 }, () => 'a-long-name-of-a-directory'))
  fs.mkdirSync(deep, { recursive: true })
  const { guest, started } = endable()
  await using door = await serveSessions(guest, deep)
  const session = await enterSession(door.socket, command)
  session.ended.catch(() => {})
  await started
})

function endable(): { guest: FakeGuest; started: Promise<unknown>; end: (end: SessionEnd) => void } {
  const typewriter = new Typewriter()
  return { guest: typewriter.guest, started: typewriter.started, end: end => typewriter.end(end) }
}

function nextOf(bytes: NodeJS.ReadableStream): Promise<string> {
  return new Promise(resolve => bytes.once('data', (data: Buffer) => resolve(data.toString())))
}

/** Resolves when the guest was asked for that. */
async function askedFor(guest: Guest & { asked: readonly { method: string }[] }, method: string): Promise<void> {
  while (!guest.asked.some(request => request.method === method)) await new Promise(setImmediate)
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PROTOCOL } from '../../../vm/agent-port.ts'
import { encodeFrame, FrameReader, LONGEST_FRAME } from '../../../vm/guest/frames.ts'
import { expectAllToBeCaught } from './nobody-caught.ts'
import { rejection, ScriptedAgent } from './scripted-agent.ts'

const MIB = 1024 * 1024
expectAllToBeCaught()

/** Lets the agent send this much, piece by piece as a socket would, and gives what the call that waits was told. */
async function flood(piece: (sent: number) => Buffer, bytes: number): Promise<unknown> {
  const agent = new ScriptedAgent()
  const call = rejection(agent.client.call('file.stat', { actor: 0, path: '/' }))
  await agent.asked(1)
  for (let sent = 0; sent < bytes; ) {
    const next = piece(sent)
    agent.sends(next)
    sent += next.length
    await new Promise(setImmediate)
  }
  return call
}

const noise = Buffer.from(Array.from({ length: 64 * 1024 }, (_, i) => (i * 167 + (i >> 8) * 31) & 0xff))

test.each([
  ['noise', () => noise],
  ['zeros', () => Buffer.alloc(64 * 1024)],
  ['text', () => Buffer.from('sh: node: not found\n'.repeat(3000))],
  ['giant lengths', () => Buffer.alloc(64 * 1024, 0xff)],
  ['greetings', () => encodeFrame({ kind: 'hello', protocol: PROTOCOL })],
  ['output nobody asked for', () => encodeFrame({ kind: 'stream', id: 9, stream: 'stdout', data: 'eA==' })],
] as const)('100 MB of %s on the agent’s port end the call that waits, and are not kept', async (what, piece) => {
  const before = process.memoryUsage.rss()
  const bytes = what === 'greetings' || what === 'output nobody asked for' ? MIB : 100 * MIB
  expect(await flood(piece, bytes)).toMatchObject({
    code: 'GUEST_PROTOCOL',
    message: expect.not.stringMatching(/[\x00-\x1f]/),
  })
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MIB)
})

test('a frame of which the end never comes is kept up to the limit and no further', () => {
  const header = Buffer.alloc(4)
  header.writeUInt32BE(LONGEST_FRAME)
  const reader = new FrameReader()
  reader.push(header)
  for (let sent = 0; sent < LONGEST_FRAME - 64 * 1024; sent += 64 * 1024)
    expect(reader.push(Buffer.alloc(64 * 1024, 0x20))).toEqual([])
  expect(() => reader.push(Buffer.alloc(64 * 1024, 0x20))).toThrow('is not JSON')
})

test('a command that writes without end is cut off, with a sentence', async () => {
  const agent = new ScriptedAgent()
  let heard = 0
  const run = agent.client.call('process.run', { actor: 0, argv: ['yes'], stdin: '' }, (_, data) => {
    heard += data.length
  })
  const failed = rejection(run)
  const data = Buffer.alloc(MIB, 'y\n').toString('base64')
  for (let i = 0; i < 40; i++) agent.says({ kind: 'stream', id: 1, stream: 'stdout', data })
  expect(await failed).toMatchObject({ code: 'GUEST_PROTOCOL', message: expect.stringContaining('bytes of output') })
  expect(heard).toBeLessThanOrEqual(32 * MIB)
})

test('whatever a guest says, it is understood or refused, and nothing of it is shown with its control characters', async () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
    fc.json().map(text => encodeFrame(JSON.parse(text))),
    fc
      .record({
        kind: fc.constantFrom('reply', 'error', 'stream', 'hello', 'ready'),
        id: fc.nat(3),
        result: fc.jsonValue(),
        message: fc.string(),
      })
      .map(encodeFrame),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 5 }), async pieces => {
      const agent = new ScriptedAgent()
      const call = agent.client.call('file.stat', { actor: 0, path: '/' }).then(
        () => undefined,
        (error: unknown) => error,
      )
      await agent.asked(1)
      for (const piece of pieces) agent.sends(piece)
      // Nothing said the end: the last word is this.
      agent.sends(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
      await new Promise(setImmediate)
      agent.client.break(new Error('over'))
      const error = await call
      if (error instanceof Error) expect(error.message).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/)
    }),
    { numRuns: 300 },
  )
})

test('many small messages in one piece cost what they are long, not the square of it', () => {
  const message = encodeFrame({ kind: 'ready' })
  const count = 200_000
  const reader = new FrameReader()
  expect(reader.push(Buffer.concat(Array.from({ length: count }, () => message)))).toHaveLength(count)
})

import { expect, test } from 'vitest'
import { PROTOCOL } from '../../../vm/agent-port.ts'
import type { AgentClient } from '../../../vm/guest/client.ts'
import { HarnessError } from '../../../vm/harness-error.ts'
import { expectAllToBeCaught } from './nobody-caught.ts'
import { rejection, ScriptedAgent } from './scripted-agent.ts'

expectAllToBeCaught()

function pendingCalls(client: AgentClient): Promise<unknown>[] {
  return [client.call('file.stat', { actor: 0, path: '/' }), client.call('mount.unmount', { target: '/a' })]
}

const stat = { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0 }
const nonsense: readonly (readonly [what: string, says: (agent: ScriptedAgent) => void])[] = [
  ['a reply without its result', agent => agent.sendsJson({ kind: 'reply', id: 1, result: null })],
  ['a uid that is none', agent => agent.sendsJson({ kind: 'reply', id: 1, result: { ...stat, uid: -1 } })],
  [
    'a mode with more bits than there are',
    agent => agent.sendsJson({ kind: 'reply', id: 1, result: { ...stat, mode: 0o100644 } }),
  ],
  ['a result where there is none to give', agent => agent.sendsJson({ kind: 'reply', id: 2, result: 'done' })],
  ['a reply to a request nobody made', agent => agent.sendsJson({ kind: 'reply', id: 3, result: null })],
  ['output of a request nobody made', agent => agent.sendsJson({ kind: 'stream', id: 3, stream: 'stdout', data: '' })],
  ['a greeting in another protocol', agent => agent.sendsJson({ kind: 'hello', protocol: PROTOCOL + 1 })],
  ['a message of a kind there is not', agent => agent.sendsJson({ kind: 'gossip', id: 1 })],
  ['a message that is no object', agent => agent.sendsJson(null)],
  ['bytes that are no frame', agent => agent.sends(Buffer.from('sh: node: not found\n'))],
  ['a frame that is no JSON', agent => agent.sends(Buffer.from([0, 0, 0, 1, 0x7b]))],
]

test.each(nonsense)('%s ends everything that is waited for, as the harness’s error', async (_, says) => {
  const agent = new ScriptedAgent()
  const calls = pendingCalls(agent.client).map(rejection)
  await agent.asked(2)
  says(agent)
  const errors = await Promise.all(calls)
  for (const error of errors) {
    expect(error).toBeInstanceOf(HarnessError)
    expect(error).toMatchObject({ code: 'GUEST_PROTOCOL', message: expect.stringMatching(/^The guest sent something/) })
  }
  expect(await agent.client.broken).toBe(errors[0])
})

test('a request answered twice is not believed the second time', async () => {
  const agent = new ScriptedAgent()
  const [first, second] = pendingCalls(agent.client)
  agent.sendsJson({ kind: 'reply', id: 1, result: stat })
  expect(await first).toEqual(stat)
  agent.sendsJson({ kind: 'reply', id: 1, result: stat })
  expect(await rejection(second ?? Promise.resolve())).toHaveProperty('code', 'GUEST_PROTOCOL')
})

test('after nonsense nothing more is listened to', async () => {
  const agent = new ScriptedAgent()
  const calls = pendingCalls(agent.client).map(rejection)
  agent.sendsJson({ kind: 'gossip' })
  agent.sendsJson({ kind: 'reply', id: 1, result: stat })
  agent.sendsJson({ kind: 'hello', protocol: PROTOCOL })
  await Promise.all(calls)
  const later = await Promise.race([agent.client.hello, new Promise(resolve => setImmediate(resolve, 'no greeting'))])
  expect(later).toBe('no greeting')
})

test('a broken connection rejects what is pending and what is asked later, with the first reason given', async () => {
  const { client } = new ScriptedAgent()
  const calls = pendingCalls(client).map(rejection)
  const why = new HarnessError('QEMU_DIED', 'QEMU was killed by SIGKILL.')
  client.break(why)
  client.break(new HarnessError('GUEST_HUNG', 'Too late.'))
  expect(await Promise.all(calls)).toEqual([why, why])
  expect(await rejection(client.call('mount.unmount', { target: '/a' }))).toBe(why)
  expect(await client.broken).toBe(why)
})

test('a client that was suspended can be asked again; late answers to what was given up are let go', async () => {
  const agent = new ScriptedAgent()
  const calls = pendingCalls(agent.client).map(rejection)
  await agent.asked(2)
  const trouble = new HarnessError('GUEST_HUNG', 'Its kernel is in trouble.')
  agent.client.suspend(trouble)
  expect(await Promise.all(calls)).toEqual([trouble, trouble])
  expect(await rejection(agent.client.call('mount.unmount', { target: '/b' }))).toBe(trouble)
  expect(agent.client.resume()).toBe(true)
  const again = agent.client.call('mount.unmount', { target: '/c' })
  await agent.asked(3)
  agent.sendsJson({ kind: 'reply', id: 2, result: null })
  agent.sendsJson({ kind: 'stream', id: 1, stream: 'stdout', data: '' })
  agent.sendsJson({ kind: 'reply', id: 1, result: stat })
  agent.sendsJson({ kind: 'reply', id: 3, result: null })
  expect(await again).toBeNull()
})

test('a client that is broken stays so', async () => {
  const agent = new ScriptedAgent()
  const gone = new HarnessError('QEMU_DIED', 'QEMU was killed by SIGKILL.')
  agent.client.suspend(new HarnessError('GUEST_HUNG', 'Its kernel is in trouble.'))
  agent.client.break(gone)
  expect(agent.client.resume()).toBe(false)
  expect(await rejection(agent.client.call('mount.unmount', { target: '/a' }))).toMatchObject({ code: 'GUEST_HUNG' })
})

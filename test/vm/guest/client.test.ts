import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import { PROTOCOL } from '../../../vm/agent-port.ts'
import { HarnessError } from '../../../vm/harness-error.ts'
import { rejection, ScriptedAgent } from './scripted-agent.ts'

const status = { type: 'file', mode: 0o644, uid: 1005, gid: 1005, size: 0 } as const

test('the greeting is passed on', async () => {
  const agent = new ScriptedAgent()
  const hello = { kind: 'hello', protocol: PROTOCOL } as const
  agent.says(hello)
  expect(await agent.client.hello).toEqual(hello)
})

test('a request carries its method and parameters, and an id of its own', async () => {
  const agent = new ScriptedAgent()
  void agent.client.call('mount.unmount', { target: '/a' })
  void agent.client.call('file.stat', { actor: 3, path: '/b' })
  expect(await agent.asked(2)).toEqual([
    { id: 1, method: 'mount.unmount', params: { target: '/a' } },
    { id: 2, method: 'file.stat', params: { actor: 3, path: '/b' } },
  ])
})

test('several requests in flight may be answered in any order', async () => {
  const agent = new ScriptedAgent()
  const owners = [1, 2, 3].map(actor => agent.client.call('file.stat', { actor, path: '/' }))
  const unmounted = agent.client.call('mount.unmount', { target: '/a' })
  await agent.asked(4)
  agent.says({ kind: 'reply', id: 4, result: null })
  for (const id of [3, 1, 2]) agent.says({ kind: 'reply', id, result: { ...status, uid: id } })
  expect(await unmounted).toBeNull()
  expect((await Promise.all(owners)).map(({ uid }) => uid)).toEqual([1, 2, 3])
})

test('a refusal by the kernel crosses the wire with its errno, system call, arguments and actor', async () => {
  const agent = new ScriptedAgent()
  const call = agent.client.call('file.chown', { actor: 1, path: '/a', uid: 0, gid: 0 })
  const refusal = { errno: constants.errno.EPERM, syscall: 'fchownat', args: ['/a', '0', '0'], actor: 'bob' }
  agent.says({ kind: 'error', id: 1, message: 'no', refusal })
  const error = await rejection(call)
  expect(error).toBeInstanceOf(SyscallError)
  expect(error).toMatchObject({ code: 'EPERM', errno: 1, syscall: 'fchownat', args: ['/a', '0', '0'], actor: 'bob' })
  expect(error).toHaveProperty('message', 'bob: fchownat(/a, 0, 0) was refused with EPERM')
})

test('a refusal whose reason the library found out in the guest says that reason', async () => {
  const agent = new ScriptedAgent()
  const call = agent.client.call('mount.unmount', { target: '/a' })
  const refusal = { errno: 16, syscall: 'umount2', args: ['/a'], why: 'there is snow on it' }
  agent.says({ kind: 'error', id: 1, message: 'no', refusal })
  expect(await rejection(call)).toMatchObject({ code: 'EBUSY', message: 'there is snow on it' })
})

test('a refusal of the host’s own root names nobody', async () => {
  const agent = new ScriptedAgent()
  const call = agent.client.call('mount.unmount', { target: '/a' })
  agent.says({ kind: 'error', id: 1, message: 'no', refusal: { errno: 16, syscall: 'umount2', args: ['/a'] } })
  expect(await rejection(call)).toMatchObject({
    actor: undefined,
    message: expect.stringMatching(/^umount2\(\/a\) was refused with EBUSY/),
  })
})

test('an error that is no refusal is the harness’s, and ends that request alone', async () => {
  const agent = new ScriptedAgent()
  const lost = agent.client.call('file.stat', { actor: 9, path: '/' })
  const other = agent.client.call('file.stat', { actor: 0, path: '/' })
  agent.says({ kind: 'error', id: 1, message: 'there is no actor 9' })
  agent.says({ kind: 'reply', id: 2, result: status })
  const error = await rejection(lost)
  expect(error).toBeInstanceOf(HarnessError)
  expect(error).toMatchObject({
    code: 'GUEST_PROTOCOL',
    message: 'The guest could not do file.stat: there is no actor 9.',
  })
  expect(await other).toEqual(status)
})

test('what a command writes comes before its reply, in order, each stream under its name', async () => {
  const agent = new ScriptedAgent()
  const seen: string[] = []
  const run = agent.client.call('process.run', { actor: 0, argv: ['true'], stdin: '' }, (stream, data) => {
    seen.push(`${stream} ${data}`)
  })
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  agent.says({ kind: 'stream', id: 1, stream: 'stdout', data: base64('one') })
  agent.says({ kind: 'stream', id: 1, stream: 'stderr', data: base64('€') })
  agent.says({ kind: 'stream', id: 1, stream: 'stdout', data: base64('two') })
  agent.says({ kind: 'reply', id: 1, result: { code: 0, signal: null } })
  const result = await run.then(reply => [...seen, reply])
  expect(result).toEqual(['stdout one', 'stderr €', 'stdout two', { code: 0, signal: null }])
})

test('output nobody listens to is let go', async () => {
  const agent = new ScriptedAgent()
  const run = agent.client.call('process.run', { actor: 0, argv: ['true'], stdin: '' })
  agent.says({ kind: 'stream', id: 1, stream: 'stdout', data: 'b25l' })
  agent.says({ kind: 'reply', id: 1, result: { code: null, signal: 'SIGKILL' } })
  expect(await run).toEqual({ code: null, signal: 'SIGKILL' })
})

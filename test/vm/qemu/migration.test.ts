import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { CannotFreeze, requireFreezing, thaw } from '../../../vm/qemu/migration.ts'
import { rejection } from '../guest/scripted-agent.ts'
import { GREETING, ScriptedQemu } from './scripted-qemu.ts'

const OK = '{"return": {}}\n'

function event(status: string): string {
  return `{"event": "MIGRATION", "data": {"status": "${status}"}}\n`
}

test.each([
  ['has no such capability', '{"return": [{"capability": "xbzrle", "state": false}]}\n'],
  ['knows no capabilities', '{"error": {"class": "CommandNotFound", "desc": "unknown"}}\n'],
  ['says nonsense about them', '{"return": "all of them"}\n'],
])('no snapshot can be made with a QEMU that %s', async (_, answer) => {
  const qemu = new ScriptedQemu()
  const asked = requireFreezing(qemu.qmp)
  qemu.says(`${GREETING}${OK}${answer}`)
  expect(await rejection(asked)).toBeInstanceOf(CannotFreeze)
})

test('a QEMU that has the capability will do', async () => {
  const qemu = new ScriptedQemu()
  const asked = requireFreezing(qemu.qmp)
  qemu.says(`${GREETING}${OK}{"return": [{"capability": "x-ignore-shared", "state": false}]}\n`)
  await expect(asked).resolves.toBeUndefined()
})

test('a thawed machine gets its state with the memory left out, and goes on when it has all of it', async () => {
  const qemu = new ScriptedQemu()
  const stream = new PassThrough()
  const thawed = thaw(qemu.qmp, stream, Buffer.from('the state'))
  qemu.says(`${GREETING}${OK}${OK}`)
  await qemu.toldCount(3)
  expect(qemu.told[1]).toMatchObject({
    execute: 'migrate-set-capabilities',
    arguments: { capabilities: expect.arrayContaining([{ capability: 'x-ignore-shared', state: true }]) },
  })
  expect(qemu.told[2]).toEqual({ execute: 'migrate-incoming', arguments: { uri: 'fd:6' } })
  qemu.says(`${event('setup')}${OK}${event('active')}${event('completed')}`)
  await qemu.toldCount(4)
  expect(qemu.told[3]?.execute).toBe('cont')
  qemu.says(OK)
  await thawed
  expect(String(stream.read())).toBe('the state')
})

test('a state that is not taken is an error with QEMU’s reason', async () => {
  const qemu = new ScriptedQemu()
  const thawed = rejection(thaw(qemu.qmp, new PassThrough(), Buffer.from('x')))
  qemu.says(`${GREETING}${OK}${OK}`)
  await qemu.toldCount(3)
  qemu.says(`${OK}${event('failed')}`)
  await qemu.toldCount(4)
  qemu.says('{"return": {"error-desc": "not a stream"}}\n')
  expect(await thawed).toMatchObject({
    code: 'QEMU_REFUSED',
    message: 'QEMU began migrate-incoming and failed: not a stream.',
  })
})

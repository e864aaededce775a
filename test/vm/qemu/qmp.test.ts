import { expect, test } from 'vitest'
import { HarnessError } from '../../../vm/harness-error.ts'
import { QmpRefusal } from '../../../vm/qemu/qmp.ts'
import { rejection } from '../guest/scripted-agent.ts'
import { GREETING, ScriptedQemu } from './scripted-qemu.ts'

test('the capabilities are negotiated before anything else is said', async () => {
  const qemu = new ScriptedQemu()
  const stopped = qemu.qmp.execute('stop')
  qemu.says(`${GREETING}{"return": {}}\r\n{"return": {"done": 1}}\r\n`)
  expect(await stopped).toEqual({ done: 1 })
  expect(qemu.told).toEqual([
    { execute: 'qmp_capabilities', arguments: {} },
    { execute: 'stop', arguments: {} },
  ])
})

test('answers belong to commands in the order they were given, in whatever pieces they come', async () => {
  const qemu = new ScriptedQemu()
  const answers = [qemu.qmp.execute('query-status'), qemu.qmp.execute('query-migrate', { all: true })]
  for (const character of `${GREETING}{"return": {}}\r\n{"return": 1}\r\n{"return": 2}\r\n`) qemu.says(character)
  expect(await Promise.all(answers)).toEqual([1, 2])
})

test('a refusal is an error with QEMU’s class and words, and the next command goes on', async () => {
  const qemu = new ScriptedQemu()
  const refused = qemu.qmp.execute('x-magic')
  const fine = qemu.qmp.execute('stop')
  qemu.says(
    `${GREETING}{"return": {}}\n{"error": {"class": "CommandNotFound", "desc": "no \\u001b[31mmagic"}}\n{"return": {}}\n`,
  )
  const error = await rejection(refused)
  expect(error).toBeInstanceOf(QmpRefusal)
  expect(error).toMatchObject({
    code: 'QEMU_REFUSED',
    refusal: 'CommandNotFound',
    message: 'QEMU refused x-magic: no \\x1b[31mmagic.',
  })
  expect(await fine).toEqual({})
})

test('who waits for an event gets the first that is it; events are no answers', async () => {
  const qemu = new ScriptedQemu()
  const stopped = qemu.qmp.until(({ event, data }) => (event === 'STOP' ? data.why : undefined))
  const answer = qemu.qmp.execute('stop')
  qemu.says(`${GREETING}{"return": {}}\n{"event": "STOP"}\n{"event": "OTHER", "data": {"why": "other"}}\n`)
  qemu.says(
    '{"event": "STOP", "data": {"why": "first"}}\n{"return": 1}\n{"event": "STOP", "data": {"why": "second"}}\n',
  )
  expect(await answer).toBe(1)
  expect(await stopped).toBe('first')
})

test('who waits for an event is told when QEMU is gone', async () => {
  const qemu = new ScriptedQemu()
  const waiting = qemu.qmp.until(() => undefined)
  qemu.says('{"event": "STOP"}\n')
  qemu.ends()
  expect(await rejection(waiting)).toMatchObject({ code: 'QEMU_DIED' })
  expect(await rejection(qemu.qmp.until(() => 1))).toMatchObject({ code: 'QEMU_DIED' })
})

test.each([
  ['the end of QEMU', (qemu: ScriptedQemu) => qemu.ends()],
  ['something that is no JSON', (qemu: ScriptedQemu) => qemu.says('sh: not found\n')],
  ['something that is no QMP', (qemu: ScriptedQemu) => qemu.says('{"hello": 1}\n')],
  ['an answer to no question', (qemu: ScriptedQemu) => qemu.says('{"error": {"class": "", "desc": ""}}\n'.repeat(3))],
  ['a line without end', (qemu: ScriptedQemu) => qemu.says('x'.repeat(1024 * 1024 + 1))],
])('%s ends what is asked and what will be', async (_, happens) => {
  const qemu = new ScriptedQemu()
  const asked = rejection(qemu.qmp.execute('stop'))
  qemu.says(GREETING)
  happens(qemu)
  expect(await asked).toBeInstanceOf(HarnessError)
  expect(await rejection(qemu.qmp.execute('cont'))).toMatchObject({ code: 'QEMU_DIED' })
})

test('the transcript has both sides, a line each, and nothing a terminal would obey', async () => {
  const qemu = new ScriptedQemu()
  const asked = qemu.qmp.execute('stop')
  qemu.says(`${GREETING}{"return": {}}\n{"return": {"a": "\u009b31m"}}\n`)
  await asked
  expect(qemu.qmp.transcript.split('\n')).toEqual([
    '> {"execute":"qmp_capabilities","arguments":{}}',
    '> {"execute":"stop","arguments":{}}',
    '< {"QMP": {"version": {}, "capabilities": []}}',
    '< {"return": {}}',
    '< {"return": {"a": "\\x9b31m"}}',
    '',
  ])
})

import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { SANDBOX } from '../../../vm/qemu/argv.ts'
import { qemuFeatures } from '../../../vm/qemu/features.ts'
import { scratchDirectory } from '../cache/scratch.ts'

const HAS_IT =
  '{"QMP": {}}\n{"return": {}}\n{"return": [{"name": "pvpanic", "parent": "isa-device"}]}\n{"return": {}}\n'
const HAS_NOT = '{"QMP": {}}\n{"return": {}}\n{"return": []}\n{"return": {}}\n'

function qemu(answer: (sandboxed: boolean) => string | undefined) {
  const asked: boolean[] = []
  return {
    asked,
    ask: async (args: readonly string[]) => {
      const sandboxed = args.includes(SANDBOX[0])
      asked.push(sandboxed)
      return answer(sandboxed)
    },
  }
}

test('the QEMU of this machine can be asked', async () => {
  const dir = await scratchDirectory()
  expect(await qemuFeatures(dir)).toEqual({ sandbox: expect.any(Boolean), pvpanic: true })
  expect(fs.existsSync(path.join(dir, 'qemu-features.json'))).toBe(true)
})

test.each([
  ['all of it', () => HAS_IT, { sandbox: true, pvpanic: true }],
  ['no pvpanic', () => HAS_NOT, { sandbox: true, pvpanic: false }],
  ['no seccomp', (sandboxed: boolean) => (sandboxed ? undefined : HAS_IT), { sandbox: false, pvpanic: true }],
])('a QEMU that has %s is used so, and asked once', async (_what, answer, found) => {
  const dir = await scratchDirectory()
  const { ask, asked } = qemu(answer)
  expect(await qemuFeatures(dir, ask)).toEqual(found)
  const before = asked.length
  expect(await qemuFeatures(dir, ask)).toEqual(found)
  expect(asked).toHaveLength(before)
})

test('one that can’t be asked is taken to have all, and nothing is remembered', async () => {
  const dir = await scratchDirectory()
  const { ask } = qemu(() => undefined)
  expect(await qemuFeatures(dir, ask)).toEqual({ sandbox: true, pvpanic: true })
  expect(fs.readdirSync(dir)).toEqual([])
})

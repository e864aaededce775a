import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Plan, planOf, shardOf } from '../../../ci/plan/plan.ts'
import { recordKey } from '../../../ci/resume/record-key.ts'
import { parseKernelList } from '../../../vm/kernel/spec.ts'
import { well } from '../engine/run-of-fakes.ts'

let place: DirectoryResult
beforeAll(async () => {
  place = await temporaryDirectory({ unsafeCleanup: true })
  for (const [name, text] of Object.entries(code)) write(name, text)
})
afterAll(() => place.cleanup())

/** As npm publishes it: without a lock. */
const code = { 'lib/a.ts': 'a', 'vm/guest/b.ts': 'b', 'scenarios/c.ts': 'c', 'package.json': '{}' }

function write(name: string, text: string): void {
  const file = path.join(place.path, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

const stories = [well('a'), well('b')]
const planned = (kernels = '6.1,6.12', rounds = 1) => planOf(stories, parseKernelList(kernels), rounds)
const usual = { accel: 'auto' }
const key = (plan: Plan = planned(), circumstances: Parameters<typeof recordKey>[1] = usual) =>
  recordKey(plan, circumstances, place.path)

test.each<[string, () => Promise<string>]>([
  ['other scenarios', () => key(planOf(stories.slice(1), parseKernelList('6.1,6.12'), 1))],
  ['other kernels', () => key(planned('6.1'))],
  ['more rounds', () => key(planned('6.1,6.12', 2))],
  ['a part of it', () => key(shardOf(planned(), { index: 1, of: 2 }, () => 1))],
  ['another accelerator', () => key(planned(), { accel: 'tcg' })],
  ['guests that boot', () => key(planned(), { ...usual, cold: true })],
  ['a seed', () => key(planned(), { ...usual, seed: '7' })],
  ['more attempts', () => key(planned(), { ...usual, retry: 1 })],
  ['another time limit', () => key(planned(), { ...usual, timeout: 5 })],
  ['other modules', () => key(planned(), { ...usual, modules: '/lib/modules/mine' })],
])('a run is another one with %s', async (_, other) => {
  expect(await key()).toBe(await key())
  expect(await other()).not.toBe(await key())
})

test.each(Object.keys(code))('a run is another one when %s has changed', async name => {
  const before = await key()
  const was = fs.readFileSync(path.join(place.path, name))
  write(name, `${was}\n// changed\n`)
  expect(await key()).not.toBe(before)
  fs.writeFileSync(path.join(place.path, name), was)
  expect(await key()).toBe(before)
})

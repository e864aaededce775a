import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keyOf } from '../../../ci/plan/case-id.ts'
import { machineOf } from '../../../ci/resume/machine.ts'
import { noRecord, openRecord, type RunRecord } from '../../../ci/resume/record.ts'
import { type Cache, openCache } from '../../../vm/cache/cache.ts'
import { FakeGuest } from '../../scenarios/fake-guest.ts'
import { Stage } from '../../scenarios/stage.ts'
import { inShort, kernelNamed, type Run, runOf, well, wrong } from '../engine/run-of-fakes.ts'

let stage: Stage
let place: DirectoryResult
let cache: Cache

beforeEach(async () => {
  stage = await Stage.open()
  place = await temporaryDirectory({ unsafeCleanup: true })
  cache = await openCache(place.path)
})
afterEach(async () => {
  await stage.close()
  await place.cleanup()
})

const stories = [well('a'), wrong('b'), well('c')]

const open = ({ key = 'key', fresh = false, machine = 'this machine' } = {}) =>
  openRecord(cache, key, fresh, async () => machine)

/** Tells the stories, and gives what was really told beside what a reporter heard. */
async function tell(record: RunRecord, run: Partial<Run> = {}) {
  const warmed: string[] = []
  const supply = {
    find: async ({ name }: { name: string }) => kernelNamed(name),
    warm: async ({ name }: { name: string }) => void warmed.push(name),
  }
  const heard = await runOf(stage, { stories, kernels: '6.1,6.12', ...run, way: { record, supply, ...run.way } })
  const started = heard.events.flatMap(event =>
    event.type === 'case.started' ? [`${event.case.scenario} on ${event.case.kernel}`] : [],
  )
  return { ...heard, warmed, started: started.sort() }
}

const all = ['6.1', '6.12'].flatMap(kernel => ['a', 'b', 'c'].map(name => `${name} on ${kernel}`)).sort()

/** A run that is interrupted when half of its cases are told; gives which. */
async function cutShort(): Promise<string[]> {
  const interrupt = new AbortController()
  let ended = 0
  const guest = async () =>
    new FakeGuest({}, async () => {
      ended += 1
      if (ended === 3) interrupt.abort(130)
    })
  const way = { interrupted: interrupt.signal }
  const { events, started } = await tell(await open(), { guest, way })
  expect(events.at(-1)).toMatchObject({ cut: 'interrupted', notRun: { length: 3 } })
  return started
}

test('a run that was cut short goes on where it ended; what was told is reported as told before, and not told again', async () => {
  const told = await cutShort()
  const { verdicts, started, exitCode } = await tell(await open())
  expect(started).toEqual(all.filter(name => !told.includes(name)))
  expect(inShort(verdicts)).toEqual(all.map(name => `${name}: ${name.startsWith('b') ? 'FAIL' : 'PASS'}`).sort())
  const earlier = verdicts.filter(verdict => verdict.earlier !== undefined).map(verdict => keyOf(verdict.case))
  expect(earlier.sort()).toEqual(told)
  expect(exitCode).toBe(1)
})

test('a kernel of which all was told is not warmed again', async () => {
  const { verdicts } = await tell(noRecord, { kernels: '6.1' })
  const record = await open()
  for (const verdict of verdicts) await record.add(kernelNamed('6.1'), verdict)
  const { warmed, started } = await tell(await open())
  expect(warmed).toEqual(['6.12'])
  expect(started).toEqual(['a on 6.12', 'b on 6.12', 'c on 6.12'])
})

test('a run that came to its end is not remembered', async () => {
  await tell(await open())
  expect((await tell(await open())).started).toHaveLength(6)
  expect(fs.readdirSync(path.join(place.path, 'runs'))).toEqual([])
})

test('a fresh run forgets what was told', async () => {
  await cutShort()
  expect((await tell(await open({ fresh: true }))).started).toHaveLength(6)
})

test('under another key nothing of it is remembered', async () => {
  await cutShort()
  expect((await tell(await open({ key: 'another key' }))).started).toHaveLength(6)
})

test('on a newer kernel of the same name everything is told again', async () => {
  await cutShort()
  const supply = {
    find: async ({ name }: { name: string }) => ({ ...kernelNamed(name), id: `newer ${name}` }),
    warm: async () => {},
  }
  expect((await tell(await open(), { way: { supply } })).started).toHaveLength(6)
})

test('with another QEMU or another root image everything is told again', async () => {
  await cutShort()
  expect((await tell(await open({ machine: 'an upgraded machine' }))).started).toHaveLength(6)
})

test('a machine is another one with another QEMU or another root image, and none before it has an image', async () => {
  const withRoot = (id: string): Cache => {
    const entry = path.join(place.path, id)
    fs.mkdirSync(entry, { recursive: true })
    fs.writeFileSync(path.join(entry, 'root.json'), JSON.stringify({ id }))
    return { ...cache, find: async () => entry }
  }
  const build = (time: number) => async () => `7.2.22 1000 ${time}`
  const first = await machineOf(withRoot('a'), build(1))
  expect(await machineOf(withRoot('a'), build(1))).toBe(first)
  expect(await machineOf(withRoot('b'), build(1))).not.toBe(first)
  expect(await machineOf(withRoot('a'), build(2))).not.toBe(first)
  expect(await machineOf(withRoot('a'), () => Promise.reject(new Error('there is none')))).toMatch(/^[0-9a-f]{16}$/)
  expect(await machineOf(cache, build(1))).toBeUndefined()
})

test('what a killed run left half written is not there, and what follows it is', async () => {
  await cutShort()
  const file = path.join(place.path, 'runs', 'key.jsonl')
  const [first = '', second = '', third = ''] = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
  fs.writeFileSync(file, `\n${first}\n\n${second.slice(0, 100)}\n${third}\n`)
  expect((await tell(await open())).started).toHaveLength(4)
})

test('what ended in an ERROR is told again, since it says nothing about the kernel', async () => {
  const record = await open()
  const guest = () => Promise.reject(new Error('no guest'))
  const { verdicts } = await tell(record, { guest, limits: { maxFailures: 2 } })
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(['ERROR', 'ERROR'])
  expect((await tell(await open())).started).toHaveLength(6)
})

test('a run that is cut short twice remembers both parts, each with the time at which it was told', async () => {
  const first = await cutShort()
  const second = await tell(await open(), { limits: { maxFailures: 1 } })
  const third = await tell(await open())
  expect([...first, ...second.started, ...third.started].sort()).toEqual(all)
})

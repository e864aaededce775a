import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRecord, type RunRecord } from '../../../ci/resume/record.ts'
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

/** A run of which everything on 6.1 was told when it was interrupted. */
async function cutShort(): Promise<void> {
  const interrupt = new AbortController()
  let ended = 0
  const guest = async () =>
    new FakeGuest({}, async () => {
      ended += 1
      if (ended === 3) interrupt.abort(130)
    })
  const { events } = await tell(await openRecord(cache, 'key', false), {
    guest,
    way: { interrupted: interrupt.signal },
  })
  expect(events.at(-1)).toMatchObject({ cut: 'interrupted', notRun: { length: 3 } })
}

test('a run that was cut short goes on where it ended; what was told is reported as told before, and not told again', async () => {
  await cutShort()
  const { verdicts, started, warmed, exitCode } = await tell(await openRecord(cache, 'key', false))
  expect(started).toEqual(['a on 6.12', 'b on 6.12', 'c on 6.12'])
  expect(inShort(verdicts)).toEqual([
    'a on 6.12: PASS',
    'a on 6.1: PASS',
    'b on 6.12: FAIL',
    'b on 6.1: FAIL',
    'c on 6.12: PASS',
    'c on 6.1: PASS',
  ])
  const earlier = verdicts.filter(verdict => verdict.earlier !== undefined).map(verdict => verdict.case.kernel)
  expect(earlier).toEqual(['6.1', '6.1', '6.1'])
  expect(exitCode).toBe(1)
  expect(warmed).toEqual(['6.12'])
})

test('a run that came to its end is not remembered', async () => {
  await tell(await openRecord(cache, 'key', false))
  expect((await tell(await openRecord(cache, 'key', false))).started).toHaveLength(6)
  expect(fs.readdirSync(path.join(place.path, 'runs'))).toEqual([])
})

test('a fresh run forgets what was told', async () => {
  await cutShort()
  expect((await tell(await openRecord(cache, 'key', true))).started).toHaveLength(6)
})

test('another plan, or other code, remembers nothing of it', async () => {
  await cutShort()
  expect((await tell(await openRecord(cache, 'another key', false))).started).toHaveLength(6)
})

test('on a newer kernel of the same name everything is told again', async () => {
  await cutShort()
  const supply = {
    find: async ({ name }: { name: string }) => ({ ...kernelNamed(name), id: `newer ${name}` }),
    warm: async () => {},
  }
  expect((await tell(await openRecord(cache, 'key', false), { way: { supply } })).started).toHaveLength(6)
})

test('what a killed run left half written is not there, and what follows it is', async () => {
  await cutShort()
  const file = path.join(place.path, 'runs', 'key.jsonl')
  const [first = '', second = '', third = ''] = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
  fs.writeFileSync(file, `\n${first}\n\n${second.slice(0, 100)}\n${third}\n`)
  expect((await tell(await openRecord(cache, 'key', false))).started).toHaveLength(4)
})

test('what ended in an ERROR is told again, since it says nothing about the kernel', async () => {
  const record = await openRecord(cache, 'key', false)
  const guest = () => Promise.reject(new Error('no guest'))
  const { verdicts } = await tell(record, { guest, limits: { maxFailures: 2 } })
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(['ERROR', 'ERROR'])
  expect((await tell(await openRecord(cache, 'key', false))).started).toHaveLength(6)
})

test('a run that is cut short twice remembers both parts, each with the time at which it was told', async () => {
  await cutShort()
  const second = await tell(await openRecord(cache, 'key', false), { limits: { failFast: true } })
  expect(second.started.length).toBeLessThan(3)
  const third = await tell(await openRecord(cache, 'key', false))
  expect([...second.started, ...third.started].sort()).toEqual(['a on 6.12', 'b on 6.12', 'c on 6.12'])
})

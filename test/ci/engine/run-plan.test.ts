import fs from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readBaseline } from '../../../ci/baseline/baseline.ts'
import { baselineGate } from '../../../ci/baseline/gate.ts'
import { plainGate } from '../../../ci/engine/gate.ts'
import { KernelTrouble } from '../../../vm/guest/kernel-trouble.ts'
import { HarnessError } from '../../../vm/harness-error.ts'
import { FakeGuest, refused } from '../../scenarios/fake-guest.ts'
import { Stage } from '../../scenarios/stage.ts'
import { inShort, kernelNamed, runOf, well, wrong } from './run-of-fakes.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())

const noRoom = new HarnessError('PACKAGE_FETCH', 'The archive does not answer.', { details: ['apt: no route'] })
const oops = new KernelTrouble('The guest’s kernel is in trouble (oops): Oops: 0002 [#1].', {
  kind: 'oops',
  trace: ['Oops: 0002 [#1]', 'RIP: 0010:made_up'],
  details: ['console log: /logs/console.log'],
})
const broken = {
  find: async ({ name }: { name: string }) => {
    if (name === '6.2') throw noRoom
    return kernelNamed(name)
  },
  warm: async ({ name }: { name: string }) => {
    if (name === '6.3') throw new HarnessError('GUEST_BOOT', 'The guest did not come up.')
    if (name === '6.5') throw oops
  },
}

test('every story is told on every kernel, kernel after kernel, and each says what it is', async () => {
  const { events, verdicts, exitCode } = await runOf(stage, { stories: [well('a'), well('b')], kernels: '6.1,6.12' })
  expect(inShort(verdicts)).toEqual(['a on 6.12: PASS', 'a on 6.1: PASS', 'b on 6.12: PASS', 'b on 6.1: PASS'])
  expect(exitCode).toBe(0)
  expect(events[0]).toMatchObject({
    type: 'run.started',
    kernels: ['6.1', '6.12'],
    cases: [
      { scenario: 'a', kernel: '6.1', fs: 'ext4' },
      { scenario: 'b', kernel: '6.1' },
      { scenario: 'a', kernel: '6.12' },
      { scenario: 'b', kernel: '6.12' },
    ],
    rounds: 1,
  })
  expect(events.at(-1)).toMatchObject({ type: 'run.ended', notRun: [], exitCode: 0 })
  expect(events.at(-1)).not.toHaveProperty('cut')
})

test('a case is started, attempted and ended, on a kernel that was ready before', async () => {
  const { events } = await runOf(stage, { kernels: '6.12' })
  expect(events.map(({ type }) => type)).toEqual([
    'run.started',
    'kernel.ready',
    'case.started',
    'case.attempted',
    'case.ended',
    'run.ended',
  ])
  expect(events[1]).toMatchObject({ kernel: '6.12', version: '6.12.1-fake' })
})

test('a kernel that cannot be had, or on which no guest comes up, costs its own cases and no other', async () => {
  const told = await runOf(stage, {
    stories: [well('a'), well('b')],
    kernels: '6.1,6.2,6.3,6.4',
    way: { supply: broken },
  })
  expect(inShort(told.verdicts)).toEqual([
    'a on 6.1: PASS',
    'a on 6.2: ERROR',
    'a on 6.3: ERROR',
    'a on 6.4: PASS',
    'b on 6.1: PASS',
    'b on 6.2: ERROR',
    'b on 6.3: ERROR',
    'b on 6.4: PASS',
  ])
  const on = (kernel: string) => told.verdicts.find(verdict => verdict.case.kernel === kernel)
  const unavailable = told.events.filter(({ type }) => type === 'kernel.unavailable')
  expect(unavailable).toMatchObject([
    { kernel: '6.2', code: 'PACKAGE_FETCH', reason: 'The archive does not answer.', details: ['apt: no route'] },
    { kernel: '6.3', code: 'GUEST_BOOT', reason: 'The guest did not come up.' },
  ])
  expect(on('6.2')?.attempts).toMatchObject([
    {
      outcome: 'ERROR',
      code: 'PACKAGE_FETCH',
      reason: 'The archive does not answer.',
      kernel: '6.2',
      rows: [],
      checks: [],
    },
  ])
  expect(on('6.3')?.attempts[0]).toMatchObject({ code: 'GUEST_BOOT', kernel: '6.3.1-fake' })
  expect(told.exitCode).toBe(2)
})

test('a kernel that gets into trouble before any case fails all of its cases, with its trace and where its log is', async () => {
  const { events, exitCode, verdicts } = await runOf(stage, { kernels: '6.5', way: { supply: broken } })
  expect(events.find(({ type }) => type === 'kernel.unavailable')).toMatchObject({
    code: 'KERNEL_TROUBLE',
    details: ['Oops: 0002 [#1]', 'RIP: 0010:made_up', 'console log: /logs/console.log'],
  })
  const crash = { kind: 'oops', trace: ['Oops: 0002 [#1]', 'RIP: 0010:made_up'] }
  expect(verdicts).toMatchObject([{ outcome: 'FAIL', attempts: [{ outcome: 'FAIL', code: 'KERNEL_TROUBLE', crash }] }])
  expect(exitCode).toBe(1)
})

test.each(['6.1', '6.1,6.12'])(
  'a run that began and of which no kernel can be used (%s) ends with 2',
  async kernels => {
    const supply = {
      ...broken,
      find: () => Promise.reject(new HarnessError('KERNEL_UNKNOWN', 'It is none any more.', { blame: 'user' })),
    }
    expect((await runOf(stage, { kernels, way: { supply } })).exitCode).toBe(2)
  },
)

test('the next kernel is found and warmed while the cases of the current one are told', async () => {
  const seen: string[] = []
  let open: () => void = () => {}
  const warmed = new Promise<void>(resolve => {
    open = resolve
  })
  const supply = {
    find: async ({ name }: { name: string }) => {
      seen.push(`find ${name}`)
      return kernelNamed(name)
    },
    warm: async ({ name }: { name: string }) => {
      seen.push(`warm ${name}`)
      if (name === '6.12') open()
    },
  }
  // The only case of 6.1 does not end before 6.12 is warm.
  const guest = async () => new FakeGuest({ 'file.mkdir': () => warmed.then(() => null) })
  const { verdicts } = await runOf(stage, { kernels: '6.1,6.12', guest, way: { supply, size: 2 } })
  expect(inShort(verdicts)).toEqual(['a on 6.12: PASS', 'a on 6.1: PASS'])
  expect(seen).toEqual(['find 6.1', 'warm 6.1', 'find 6.12', 'warm 6.12'])
})

/** A guest for each attempt, in order; the last answer is the answer to all that follow. */
function guests(...refusals: readonly boolean[]) {
  let opened = 0
  return async () => {
    const refuses = refusals[Math.min(opened, refusals.length - 1)] ?? false
    opened += 1
    return refuses
      ? new FakeGuest({ 'file.mkdir': () => Promise.reject(refused('EACCES', 'mkdirat', '/made')) })
      : new FakeGuest()
  }
}

test('a case that fails and then does not is FLAKY, with both attempts, which is a failure', async () => {
  const { events, verdicts, exitCode } = await runOf(stage, {
    kernels: '6.12',
    guest: guests(true, false),
    way: { retries: 3 },
  })
  expect(verdicts).toMatchObject([{ outcome: 'FLAKY', attempts: [{ outcome: 'FAIL' }, { outcome: 'PASS' }] }])
  expect(exitCode).toBe(1)
  const steps = events.flatMap(event => ('attempt' in event ? [`${event.type} ${event.attempt}`] : []))
  expect(steps).toEqual(['case.started 1', 'case.attempted 1', 'case.started 2', 'case.attempted 2'])
})

test('a case that fails every time is a FAIL, told as often as was asked', async () => {
  const { verdicts } = await runOf(stage, { kernels: '6.12', guest: guests(true), way: { retries: 2 } })
  expect(verdicts).toMatchObject([{ outcome: 'FAIL' }])
  expect(verdicts[0]?.attempts).toHaveLength(3)
})

test('what is well at once is told once', async () => {
  const { verdicts } = await runOf(stage, { kernels: '6.12', guest: guests(false), way: { retries: 2 } })
  expect(verdicts[0]?.attempts).toHaveLength(1)
})

test('what fails as the baseline expects is told once, ends nothing, and fails nothing', async () => {
  const baseline = readBaseline(EXPECTED, 'b.yaml')
  const { verdicts, exitCode } = await runOf(stage, {
    stories: [wrong('a'), well('b')],
    kernels: '6.12',
    limits: { failFast: true },
    way: { retries: 2, gate: baselineGate(baseline) },
  })
  expect(verdicts.map(({ case: { scenario }, standing }) => `${scenario}: ${standing}`).sort()).toEqual([
    'a: expected',
    'b: expected',
  ])
  expect(verdicts.map(({ attempts }) => attempts.length)).toEqual([1, 1])
  expect(exitCode).toBe(0)
})

const EXPECTED = `format: 1
cases:
  a:
    ext4:
      '6.12':
        outcome: FAIL
        reason: a bug
        link: https://example.org
  b:
    ext4:
      '6.12': PASS
`

test.each([
  [{ failFast: true }, 'fail-fast', 1],
  [{ maxFailures: 2 }, 'max-failures', 2],
] as const)(
  'with %j nothing more begins after so many failures, and what was not begun is named',
  async (limits, cut, failed) => {
    const stories = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(wrong)
    const { verdicts, events, exitCode } = await runOf(stage, { stories, kernels: '6.1,6.12', limits })
    expect(verdicts).toHaveLength(failed)
    const last = events.at(-1)
    if (last?.type !== 'run.ended') throw new Error('the run did not end')
    expect(last).toMatchObject({ cut, exitCode: 1 })
    const all = ['6.1', '6.12'].flatMap(kernel => stories.map(({ name }) => `${name} on ${kernel}`))
    const told = verdicts.map(({ case: { scenario, kernel } }) => `${scenario} on ${kernel}`)
    expect(last.notRun.map(({ scenario, kernel }) => `${scenario} on ${kernel}`)).toEqual(
      all.filter(id => !told.includes(id)),
    )
    expect(exitCode).toBe(1)
    // A guest is made ready ahead of its turn; what nobody tells leaves nothing.
    expect(fs.readdirSync(stage.logs).toSorted()).toEqual(
      verdicts.map(({ case: id }) => `${id.scenario}.${id.kernel}`).toSorted(),
    )
  },
)

test('an interrupted run reports what it was telling, names what it did not begin, and ends with the signal’s code', async () => {
  const interrupt = new AbortController()
  const guest = async () =>
    new FakeGuest({
      'file.mkdir': () => {
        interrupt.abort(143)
        return new Promise(() => {})
      },
    })
  const way = { interrupted: interrupt.signal, retries: 5 }
  const { verdicts, events, exitCode } = await runOf(stage, {
    stories: [well('a'), well('b')],
    kernels: '6.1,6.12',
    guest,
    way,
  })
  expect(verdicts).toMatchObject([{ outcome: 'ERROR', attempts: [{ code: 'INTERRUPTED' }] }])
  expect(events.at(-1)).toMatchObject({ type: 'run.ended', cut: 'interrupted', notRun: { length: 3 }, exitCode: 143 })
  expect(exitCode).toBe(143)
})

test('a run that was interrupted before it began tells nothing', async () => {
  const { verdicts, exitCode } = await runOf(stage, {
    kernels: '6.1,6.12',
    way: { interrupted: AbortSignal.abort(130) },
  })
  expect(verdicts).toEqual([])
  expect(exitCode).toBe(130)
})

test('cases of several kernels, rounds and attempts each leave a directory of their own', async () => {
  const { verdicts } = await runOf(stage, { stories: [wrong('a')], kernels: '6.1,6.12', way: { retries: 1 } })
  const left = verdicts.flatMap(({ attempts }) => attempts.map(({ artifacts = '' }) => artifacts))
  expect(new Set(left).size).toBe(4)
  for (const directory of left) expect(fs.existsSync(`${directory}/result.json`)).toBe(true)
})

test('a round that says what the first said leaves nothing to look at, and its verdict names no directory', async () => {
  const { verdicts } = await runOf(stage, { stories: [wrong('a')], kernels: '6.12', rounds: 3 })
  expect(verdicts.map(({ attempts: [result] }) => result?.artifacts !== undefined)).toEqual([true, false, false])
  expect(fs.readdirSync(stage.logs)).toEqual([expect.stringMatching(/^a\.[123]$/)])
})

test('nothing told is not a pass', async () => {
  const { exitCode } = await runOf(stage, { stories: [], kernels: '6.12' })
  expect(exitCode).toBe(2)
})

test('a run that breaks down while its next kernel is fetched ends, and with the error', async () => {
  let found: () => void = () => {}
  const download = new Promise<void>(resolve => {
    found = resolve
  })
  const supply = {
    find: async ({ name }: { name: string }) => {
      if (name === '6.12') await download
      return kernelNamed(name)
    },
    warm: async () => {},
  }
  const judge = (): never => {
    // Only once the run has heard of it.
    setImmediate(found)
    throw new Error('two entries of the baseline contradict each other')
  }
  const way = { supply, size: 4, gate: { ...plainGate(), judge } }
  await expect(runOf(stage, { kernels: '6.1,6.12', way })).rejects.toThrow('contradict each other')
})

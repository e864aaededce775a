import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KnownBug } from '../../lib/model/known-bugs.ts'
import { renderResult } from '../../scenarios/kit/table.ts'
import { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import { type Answers, base64, FakeGuest, refused } from './fake-guest.ts'
import { Stage, storyOf, type Telling } from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())

const bug: KnownBug = {
  what: 'the snow melts',
  since: '6.1',
  fixed: ['6.12.97', '7.2'],
  link: 'https://example.org/snow',
}
const found =
  (answer: string): Telling =>
  async ({ shows }) =>
    shows('the snow', answer, { mended: 'white', buggy: 'grey' })

/** The guest of Debian's package of this version. */
function debian(version: string, answers: Answers = {}, onDispose?: () => Promise<unknown>) {
  const read: Answers['file.read'] = ({ path }) => {
    if (path === '/proc/version_signature') throw refused('ENOENT', 'openat', path)
    const build = `#1 SMP PREEMPT_DYNAMIC Debian ${version}-1 (2026-01-01)`
    return base64(path === '/proc/sys/kernel/version' ? build : 'nodev\toverlay\n\text4\n')
  }
  return new FakeGuest(
    { 'file.read': read, ...answers },
    onDispose,
    `${version.replace(/\.\d+$/, '.0')}-50-cloud-amd64`,
  )
}

const story = (answer: string, plot = {}) => storyOf(found(answer), { bug, ...plot })

test('on a kernel that has the bug, seeing it is a PASS that says that the kernel has it', async () => {
  const result = await stage.run(story('grey'), debian('6.12.96'))
  expect(result).toMatchObject({
    outcome: 'PASS',
    code: 'KNOWN_BUG',
    reason:
      'this kernel has a known bug, as upstream’s 6.12.96 has: the snow melts (since 6.1, fixed in 6.12.97 and in 7.2; https://example.org/snow)',
    bug: { what: 'the snow melts', expected: 'present', upstream: '6.12.96', seen: true },
    checks: [{ claim: 'the snow', expected: 'grey', found: 'grey', symptom: 'shown', outcome: 'PASS' }],
  })
  expect(renderResult(result)).toContain('KNOWN_BUG: this kernel has a known bug')
})

test('on a kernel without the bug, not seeing it is a PASS like any other', async () => {
  const result = await stage.run(story('white'), debian('6.12.97'))
  expect(result).toMatchObject({ outcome: 'PASS', bug: { expected: 'absent', upstream: '6.12.97', seen: false } })
  expect(result.code).toBeUndefined()
  expect(result.reason).toBeUndefined()
})

test('a bug that shows on a fixed version is a FAIL: it came back', async () => {
  expect(await stage.run(story('grey'), debian('7.2.13'))).toMatchObject({
    outcome: 'FAIL',
    code: 'BUG_SHOWS',
    reason: expect.stringMatching(
      /^a known bug shows where it must not: .*; upstream’s 7\.2\.13, which this kernel is, /,
    ),
    bug: { expected: 'absent', seen: true },
  })
})

test('a bug that does not show on an affected version is a FAIL: the table is wrong', async () => {
  expect(await stage.run(story('white'), debian('6.12.96'))).toMatchObject({
    outcome: 'FAIL',
    code: 'BUG_ABSENT',
    reason: expect.stringMatching(/^a known bug does not show where it must: .*upstream’s 6\.12\.96 has it/),
    bug: { expected: 'present', seen: false },
  })
})

test('between the versions known to have the bug and those known not to it may show or not, but not in part', async () => {
  const vague = { ...bug, fixed: [{ after: '6.18.15', by: '6.18.44' }, '7.2'] }
  const told = (...answers: string[]) => {
    const telling: Telling = async scene => {
      for (const answer of answers) await found(answer)(scene)
    }
    return stage.run(storyOf(telling, { bug: vague }), debian('6.18.20'))
  }
  const shown = await told('grey', 'grey')
  expect(shown).toMatchObject({ outcome: 'PASS', code: 'KNOWN_BUG', bug: { expected: 'either', seen: true } })
  expect(shown.reason).toContain(
    'as upstream’s 6.18.20 may have: the snow melts (since 6.1, fixed after 6.18.15 by 6.18.44',
  )
  expect(await told('white', 'white')).toMatchObject({ outcome: 'PASS', bug: { seen: false } })
  expect(await told('white', 'grey')).toMatchObject({
    outcome: 'FAIL',
    code: 'EXPECTATION',
    reason: 'a known bug shows in part only: the snow melts',
  })
})

test('a kernel that does not tell its upstream version must not have the bug', async () => {
  const guest = (answers: Answers = {}) => new FakeGuest(answers, undefined, '6.12.0-55.el10.x86_64')
  expect(await stage.run(story('white'), guest())).toMatchObject({ outcome: 'PASS', bug: { expected: 'unknown' } })
  const shown = await stage.run(story('grey'), guest())
  expect(shown).toMatchObject({ outcome: 'FAIL', code: 'BUG_SHOWS', bug: { expected: 'unknown' } })
  expect(shown.reason).toContain('it does not tell')
  expect(shown.bug).not.toHaveProperty('upstream')
})

test('what is neither as with the bug nor as without it is a FAIL of its own', async () => {
  const result = await stage.run(story('green'), debian('6.12.96'))
  expect(result).toMatchObject({ outcome: 'FAIL', code: 'EXPECTATION', checks: [{ symptom: 'neither' }] })
})

test('another claim that fails is no sign of the bug', async () => {
  const telling: Telling = async scene => {
    await found('grey')(scene)
    scene.is('one and one', '3', '2')
  }
  const result = await stage.run(storyOf(telling, { bug }), debian('6.12.96'))
  expect(result).toMatchObject({ outcome: 'FAIL', code: 'EXPECTATION', bug: { seen: true } })
})

test('a story that breaks off before it comes to its bug is the FAIL of what it broke off at', async () => {
  const telling: Telling = async scene => {
    await scene.host.root.stat('/absent')
    await found('grey')(scene)
  }
  const guest = debian('6.12.96', { 'file.stat': () => Promise.reject(refused('ENOENT', 'statx', '/absent')) })
  const result = await stage.run(storyOf(telling, { bug }), guest)
  expect(result).toMatchObject({ outcome: 'FAIL', code: 'EXPECTATION', checks: [{ found: 'ENOENT' }] })
  expect(result).not.toHaveProperty('bug')
})

test('a story about a bug that does not show it either way is an ERROR', async () => {
  const result = await stage.run(
    storyOf(async ({ is }) => is('a', 'a', 'a'), { bug }),
    debian('6.12.96'),
  )
  expect(result).toMatchObject({ outcome: 'ERROR', code: 'UNFORESEEN', reason: expect.stringContaining('must show') })
  const without = await stage.run(storyOf(found('grey')), debian('6.12.96'))
  expect(without).toMatchObject({ outcome: 'ERROR', reason: expect.stringContaining('a story without a bug') })
})

describe('a bug that shows by an oops', () => {
  const oopsing = { ...bug, oopsIn: 'snow_fall' }
  const trouble = (line = 'RIP: 0010:snow_fall+0x12/0x40', kind: 'oops' | 'panic' = 'oops') =>
    new KernelTrouble('The kernel got into trouble.', {
      kind,
      trace: ['BUG: unable to handle', line],
      details: ['log'],
    })
  const asks: Telling = async ({ host }) => void (await host.root.stat('/snow'))
  const told = (version: string, error: Error) =>
    stage.run(storyOf(asks, { bug: oopsing }), debian(version, { 'file.stat': () => Promise.reject(error) }))

  test('is a PASS where the version has it, with the trace', async () => {
    const result = await told('6.12.96', trouble())
    expect(result).toMatchObject({
      outcome: 'PASS',
      code: 'KNOWN_BUG',
      crash: { kind: 'oops', trace: ['BUG: unable to handle', 'RIP: 0010:snow_fall+0x12/0x40'] },
      checks: [{ expected: 'oops in snow_fall', found: 'oops in snow_fall', symptom: 'shown' }],
      details: [],
    })
    expect(renderResult(result)).not.toContain('RIP:')
  })

  test('is a FAIL where the version must not have it, and where it does not oops although it must', async () => {
    expect(await told('7.2.1', trouble())).toMatchObject({ outcome: 'FAIL', code: 'BUG_SHOWS', details: ['log'] })
    const calm = storyOf(async ({ is }) => is('a', 'a', 'a'), { bug: oopsing })
    expect(await stage.run(calm, debian('6.12.96'))).toMatchObject({ outcome: 'FAIL', code: 'BUG_ABSENT' })
    expect(await stage.run(calm, debian('7.2.1'))).toMatchObject({ outcome: 'PASS', bug: { seen: false } })
  })

  test('is not provoked on this machine’s own kernel: a SKIP that says why, and nothing is asked', async () => {
    const native = debian('6.12.96')
    native.accelerator = 'native'
    const result = await stage.run(storyOf(asks, { bug: oopsing }), native)
    expect(result).toMatchObject({
      outcome: 'SKIP',
      reason: expect.stringContaining('snow_fall oopses; in a guest it may'),
    })
    expect(native.asked.map(({ method }) => method)).toEqual([])
    const harmless = debian('6.12.96')
    harmless.accelerator = 'native'
    expect(await stage.run(story('grey'), harmless)).toMatchObject({ outcome: 'PASS', code: 'KNOWN_BUG' })
  })

  test('that the kernel tells of only when the guest ends is the same', async () => {
    const guest = debian('6.12.96', {}, () => Promise.reject(trouble()))
    const calm = storyOf(async ({ is }) => is('a', 'a', 'a'), { bug: oopsing })
    expect(await stage.run(calm, guest)).toMatchObject({ outcome: 'PASS', code: 'KNOWN_BUG', crash: { kind: 'oops' } })
  })

  test.each([
    ['another function', trouble('RIP: 0010:rain_fall+0x12/0x40')],
    ['a function whose name only begins so', trouble('RIP: 0010:snow_fall_slowly+0x12/0x40')],
    ['a panic', trouble('RIP: 0010:snow_fall+0x12/0x40', 'panic')],
  ])('in %s is trouble like any other', async (_, error) => {
    expect(await told('6.12.96', error)).toMatchObject({ outcome: 'FAIL', code: 'KERNEL_TROUBLE' })
  })

  test('is trouble like any other in a story about something else', async () => {
    const guest = debian('6.12.96', { 'file.stat': () => Promise.reject(trouble()) })
    expect(await stage.run(storyOf(asks), guest)).toMatchObject({ outcome: 'FAIL', code: 'KERNEL_TROUBLE' })
  })
})

import fc from 'fast-check'
import { Parser } from 'tap-parser'
import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../ci/events.ts'
import { ktapReporter } from '../../../ci/report/ktap.ts'
import { caseOf, eventsOf, everything, resultOf, verdictOf } from '../made-up-run.ts'
import { cutAtEvery, reported } from './collected.ts'
import { type KtapResult, levelsOf, readKtap } from './ktap-rules.ts'

const ktapOf = (verdicts: readonly Verdict[], more = {}) => reported(ktapReporter, eventsOf(verdicts, more))
const lineOf = ({ ok, description, directive, data }: KtapResult) =>
  [ok ? 'ok' : 'not ok', description, ...(directive === undefined ? [] : [directive]), ...(data ? [data] : [])].join(
    ' | ',
  )

test('chapters stand in the order of the story, those without a path too', () => {
  const id = caseOf('a')
  const [check] = resultOf(id, 'PASS').checks
  const more = { chapters: ['Zero', 'One', 'Two'], checks: check === undefined ? [] : [{ ...check, chapter: 'Zero' }] }
  const verdict = verdictOf(id, 'PASS', { attempts: [resultOf(id, 'PASS', more)] })
  const lines = reported(ktapReporter, eventsOf([verdict])).split('\n')
  expect(lines.filter(line => /^ *ok \d (Zero|One|Two)$/.test(line)).map(line => line.trim())).toEqual([
    'ok 1 Zero',
    'ok 2 One',
    'ok 3 Two',
  ])
})

test('a run is kernels, in them cases, in them chapters, in them assertions', () => {
  expect(ktapOf([verdictOf(caseOf('fails'), 'FAIL')])).toBe(`KTAP version 1
1..1
# idmaplab 0.1.0: idmaplab run --kernel 6.12
  KTAP version 1
  1..1
    KTAP version 1
    1..2
      KTAP version 1
      1..1
      not ok 1 /a\\x231: disk 0:0, host 100000:100000, container 0:0 # found disk 0:0, host 100000:100000, container 65534:65534
    not ok 1 One
      KTAP version 1
      1..2
      ok 1 /b: disk 1:1, host 100001:100001, container 1:1
      ok 2 box root is refused chown /b: EPERM
    ok 2 Two
  # Who owns the snow
  # 1.250 s on Linux 6.12.107+deb13-cloud-amd64 (6.12), tcg
  # /a#1: container: expected 0:0 found 65534:65534
  # repeat: npx idmaplab run fails --kernel 6.12
  # artifacts: /logs/fails
  not ok 1 fails (ext4)
not ok 1 Linux 6.12.107+deb13-cloud-amd64 (6.12)
`)
})

test('a known bug that shows where it must is a PASS that says so', () => {
  const id = caseOf('melts')
  const result = resultOf(id, 'PASS', { code: 'KNOWN_BUG', reason: 'this kernel has a known bug: the snow melts' })
  const text = ktapOf([verdictOf(id, 'PASS', { attempts: [result] })])
  expect(text).toContain('  # KNOWN_BUG: this kernel has a known bug: the snow melts\n  ok 1 melts (ext4)\n')
})

describe('everything that can become of a case', () => {
  const text = ktapOf(everything)
  const { tests, broken, short } = readKtap(text)

  test('keeps every rule of the kernel’s document', () => {
    expect(broken).toEqual([])
    expect(short).toEqual([])
  })

  test('is told by result and directive, the kernels in the order of the plan', () => {
    expect(tests.map(kernel => [lineOf(kernel), ...kernel.subtests.map(lineOf)])).toEqual([
      [
        'not ok | Linux 6.12.107+deb13-cloud-amd64 (6.12)',
        'ok | passes (ext4)',
        'not ok | fails (ext4)',
        'ok | lacks (vfat) | SKIP | this kernel has no idmapped mounts on ext4',
        'not ok | hangs (ext4+overlay) | ERROR | GUEST_HUNG: The guest said nothing for 20 s.',
        'not ok | wavers (ext4) | FLAKY: FAIL, PASS',
      ],
      [
        'not ok | Linux 6.1.0-50-cloud-amd64 (6.1)',
        'not ok | fails (ext4)',
        'ok | lacks (vfat) | SKIP | this kernel has no idmapped mounts on ext4',
        'ok | passes (ext4)',
      ],
    ])
    expect(tests[0]?.subtests[4]?.subtests.map(lineOf)).toEqual(['not ok | attempt 1', 'ok | attempt 2'])
    expect(text).toContain('# 6.1.170-1 stands in for 6.1.176-1, which is gone\nnot ok 2 Linux 6.1.0')
  })

  test('is read by a TAP parser, level by level', () => {
    for (const level of levelsOf(text)) {
      const parsed = parse(level)
      expect(parsed.failures.filter(failure => failure.tapError)).toEqual([])
      expect(parsed.results.plan.end).toBe(parsed.results.count)
    }
    const [top] = levelsOf(text)
    expect(parse(top ?? '').results).toMatchObject({ ok: false, count: 2, fail: 2 })
  })
})

/** By the parser that node-tap is built on. */
function parse(text: string) {
  const parser = new Parser()
  const failures: { tapError?: unknown }[] = []
  let results: { ok: boolean; count: number; fail: number; plan: { end: number | null } } | undefined
  parser.on('assert', assertion => {
    if (!assertion.ok) failures.push(assertion)
  })
  parser.on('complete', all => {
    results = all
    failures.push(...all.failures.filter((failure: { tapError?: unknown }) => failure.tapError))
  })
  parser.end(text)
  if (results === undefined) throw new Error('the TAP parser came to no end')
  return { results, failures }
}

test('cut off after any event it keeps the rules, and its plan promises more than there is until the run has ended', () => {
  const texts = cutAtEvery(ktapReporter, eventsOf(everything))
  texts.forEach((text, i) => {
    const { broken, short } = readKtap(text)
    expect(broken, text).toEqual([])
    if (i < texts.length - 2) expect(short.length, text).toBeGreaterThan(0)
  })
  expect(readKtap(texts.at(-1) ?? '').short).toEqual([])
})

test('an interrupted run says so, and what it did not begin is missing', () => {
  const cases = [caseOf('passes'), caseOf('fails'), caseOf('passes', '6.1')]
  const started = { cases, kernels: ['6.12', '6.1'] }
  const ended = { cut: 'interrupted', notRun: cases.slice(1), exitCode: 130 } as const
  const text = ktapOf([verdictOf(caseOf('passes'), 'PASS')], { started, ended })
  const { tests, broken, short } = readKtap(text)
  expect(broken).toEqual([])
  expect(tests.map(lineOf)).toEqual(['not ok | Linux 6.12.107+deb13-cloud-amd64 (6.12)', 'not ok | Linux 6.1'])
  expect(short).toHaveLength(2)
  expect(text).toMatch(/\n# incomplete: the run was interrupted; 2 cases are not told\n$/)
})

test('what a run left out at its first failure is skipped, for that reason', () => {
  const cases = [caseOf('fails'), caseOf('passes')]
  const ended = { cut: 'fail-fast', notRun: cases.slice(1) } as const
  const { tests, short } = readKtap(ktapOf([verdictOf(caseOf('fails'), 'FAIL')], { started: { cases }, ended }))
  expect(short).toEqual([])
  expect(tests[0]?.subtests.map(lineOf)).toEqual([
    'not ok | fails (ext4)',
    'ok | passes (ext4) | SKIP | not told: fail-fast',
  ])
})

describe('with a baseline', () => {
  const expectation = { outcome: 'FAIL', reason: 'a known bug', link: 'https://example.org/1' } as const

  test('a failure that is expected is an XFAIL down to its assertions', () => {
    const { tests, broken } = readKtap(
      ktapOf([verdictOf(caseOf('fails'), 'FAIL', { standing: 'expected', expectation })]),
    )
    expect(broken).toEqual([])
    const [kernel] = tests
    expect(kernel?.ok).toBe(true)
    expect(kernel?.subtests.map(lineOf)).toEqual(['ok | fails (ext4) | XFAIL | a known bug'])
    expect(kernel?.subtests[0]?.subtests[0]?.subtests[0]?.directive).toBe('XFAIL')
  })

  test('a story that is skipped but was expected to be told is not ok; what is fixed says so', () => {
    const text = ktapOf([
      verdictOf(caseOf('lacks'), 'SKIP', { standing: 'new', expectation: { outcome: 'PASS', reason: '' } }),
      verdictOf(caseOf('passes'), 'PASS', { standing: 'fixed', expectation }),
    ])
    const { tests, broken } = readKtap(text)
    expect(broken).toEqual([])
    expect(tests[0]?.subtests.map(lineOf)).toEqual([
      'not ok | lacks (ext4) | not told, but expected to: this kernel has no idmapped mounts on ext4',
      'ok | passes (ext4)',
    ])
    expect(text).toContain('# baseline: fixed, it expects FAIL\n')
  })
})

test('a case that took too long is a TIMEOUT; a kernel without any case that could be told is skipped', () => {
  const hung = resultOf(caseOf('slow'), 'ERROR', { code: 'CASE_TIMEOUT', reason: 'It took more than 40 s.' })
  const slow = readKtap(ktapOf([verdictOf(caseOf('slow'), 'ERROR', { attempts: [hung] })]))
  expect(slow.tests[0]?.subtests.map(lineOf)).toEqual([
    'not ok | slow (ext4) | TIMEOUT | CASE_TIMEOUT: It took more than 40 s.',
  ])
  const { tests } = readKtap(ktapOf([verdictOf(caseOf('lacks', '5.10'), 'SKIP')]))
  expect(tests.map(lineOf)).toEqual(['ok | Linux 5.10.0-32-cloud-amd64 (5.10) | SKIP | all of its cases'])
})

test('whatever a guest says, no word of it becomes a line of the report', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\nok 1 x\n', '# SKIP', '\r\nnot ok 9', '\u202e', ''),
      (a, b) => {
        const said = `${a}${b}`
        const id = caseOf('fails')
        const result = resultOf(id, 'FAIL', { reason: said, title: said, details: [said] })
        const checks = [{ chapter: said, claim: said, expected: said, found: `${said}.`, outcome: 'FAIL' as const }]
        const text = ktapOf([verdictOf(id, 'FAIL', { attempts: [{ ...result, checks }] })])
        const { tests, broken, short } = readKtap(text)
        expect([broken, short]).toEqual([[], []])
        expect(tests).toHaveLength(1)
        expect(tests[0]?.subtests).toHaveLength(1)
      },
    ),
  )
})

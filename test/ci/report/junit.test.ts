import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import type { Verdict } from '../../../ci/events.ts'
import { junitReporter } from '../../../ci/report/junit.ts'
import { caseOf, eventsOf, everything, resultOf, verdictOf } from '../made-up-run.ts'
import { cutAtEvery, reported } from './collected.ts'

const schema = fs.readFileSync(fileURLToPath(new URL('junit.xsd', import.meta.url)), 'utf8')
const junitOf = (verdicts: readonly Verdict[], more = {}) => reported(junitReporter, eventsOf(verdicts, more))

/** What libxml2 says against documents, by the schema. */
async function errorsIn(...documents: readonly string[]): Promise<string[]> {
  const xml = documents.map((contents, i) => ({ fileName: `${i}.xml`, contents }))
  const { errors } = await validateXML({ xml, schema })
  return errors.map(({ rawMessage }) => rawMessage)
}

/** Every test case as `name: what it ended as`. */
const endsOf = (document: string) =>
  [...document.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<(\w+)/g)].map(([, name, end]) => `${name}: ${end}`)

test('a kernel is a suite, a case a test case with what was found and the whole table', () => {
  expect(junitOf([verdictOf(caseOf('fails'), 'FAIL')])).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="idmaplab" tests="1" failures="1" errors="0" time="1.250">
  <testsuite name="Linux 6.12.107+deb13-cloud-amd64" tests="1" failures="1" errors="0" time="1.250" skipped="0" timestamp="2026-11-22T20:00:00">
    <properties>
      <property name="idmaplab" value="0.1.0"/>
      <property name="command" value="idmaplab run --kernel 6.12"/>
      <property name="kernel" value="6.12"/>
      <property name="kernel.version" value="6.12.107+deb13-cloud-amd64"/>
    </properties>
    <testcase name="fails" classname="idmaplab.6_12.ext4" time="1.250">
      <failure type="EXPECTATION" message="/a#1: container: expected 0:0 found 65534:65534">/a#1: container: expected 0:0 found 65534:65534
repeat: npx idmaplab run fails --kernel 6.12
artifacts: /logs/fails</failure>
      <system-out>FAIL fails  Who owns the snow

  One
         path  disk  host           container
    FAIL /a#1  0:0   100000:100000  65534:65534

  Two
         path  disk  host           container
    PASS /b    1:1   100001:100001  1:1
    PASS box root is refused chown /b: EPERM

  /a#1: container: expected 0:0 found 65534:65534
  2 paths seen three ways, 1 other claims · Linux 6.12.107+deb13-cloud-amd64, tcg · 1.3 s
  repeat: npx idmaplab run fails --kernel 6.12
  artifacts: /logs/fails</system-out>
    </testcase>
  </testsuite>
</testsuites>
`)
})

test('everything that can become of a case is valid, and is told apart', async () => {
  const document = junitOf(everything)
  expect(await errorsIn(document)).toEqual([])
  expect(endsOf(document)).toEqual([
    'passes: system',
    'fails: failure',
    'lacks: skipped',
    'hangs: error',
    'wavers: failure',
    'fails: failure',
    'lacks: skipped',
    'passes: system',
  ])
  expect(document).toMatch(/<testsuites name="idmaplab" tests="8" failures="3" errors="1"/)
  expect(document).toContain('<failure type="FLAKY" message="FLAKY (FAIL, PASS): ')
  expect(document).toContain('<skipped>this kernel has no idmapped mounts on ext4</skipped>')
  expect(document).toContain('name="kernel.note" value="6.1.170-1 stands in')
})

test('the schema refuses what readers would', async () => {
  const document = junitOf(everything)
  const bad = [
    document.replace('<skipped>', '<skipped message="a">'),
    document.replace(/ time="[^"]*"/, ' time="1,5 s"'),
    document.replace('<testcase name="passes"', '<testcase'),
    document.replace('<failure', '<flop/><failure'),
    document.replace(' errors="1"', ' error="1"'),
  ]
  for (const each of bad) expect(await errorsIn(each), each.slice(0, 200)).not.toEqual([])
})

test('cut off after any event it is valid; what is not told is an error, and the report says that it is incomplete', async () => {
  const documents = cutAtEvery(junitReporter, eventsOf(everything))
  expect(await errorsIn(...documents)).toEqual([])
  documents.forEach((document, i) => {
    const cut = i < documents.length - 1
    expect(document.includes('name="incomplete" value="the run has not ended, or was killed"'), document).toBe(cut)
    expect([...document.matchAll(/<testcase /g)]).toHaveLength(8)
  })
  expect(documents[0]).toMatch(/tests="8" failures="0" errors="8"/)
})

describe('a run that was not brought to its end', () => {
  const cases = [caseOf('passes'), caseOf('fails')]
  const cut = (why: 'interrupted' | 'fail-fast') =>
    junitOf([verdictOf(caseOf('passes'), 'PASS')], { started: { cases }, ended: { cut: why, notRun: cases.slice(1) } })

  test('because it was interrupted is incomplete, and what was not begun an error', () => {
    const document = cut('interrupted')
    expect(document).toContain('name="incomplete" value="the run was interrupted"')
    expect(endsOf(document)).toEqual(['passes: system', 'fails: error'])
  })

  test('because something failed has what was not begun among the skipped', async () => {
    const document = cut('fail-fast')
    expect(document).not.toContain('incomplete')
    expect(document).toContain('<skipped>not told: fail-fast</skipped>')
    expect(await errorsIn(document)).toEqual([])
  })
})

test('a failure that the baseline expects is no failure; a skip it does not expect is one', () => {
  const expectation = { outcome: 'FAIL', reason: 'a known bug', link: 'https://example.org/1' } as const
  const document = junitOf([
    verdictOf(caseOf('fails'), 'FAIL', { standing: 'expected', expectation }),
    verdictOf(caseOf('lacks'), 'SKIP', { standing: 'new', expectation: { outcome: 'PASS', reason: '' } }),
  ])
  expect(endsOf(document)).toEqual(['fails: skipped', 'lacks: failure'])
  expect(document).toContain('<skipped>FAIL, as the baseline expects: a known bug (https://example.org/1)</skipped>')
})

test('a kernel that can’t be used says why, and its cases are errors', async () => {
  const id = caseOf('passes', '6.13')
  const untold = resultOf(id, 'ERROR', { code: 'KERNEL_UNKNOWN', reason: 'There is no 6.13.' })
  const [started, , ...rest] = eventsOf([verdictOf(id, 'ERROR', { attempts: [untold] })])
  const why = { kernel: '6.13', code: 'KERNEL_UNKNOWN', reason: 'There is no 6.13.', details: [] }
  const gone = { type: 'kernel.unavailable', at: '2026-11-22T20:00:00.000Z', ...why } as const
  const document = reported(junitReporter, [...(started ? [started] : []), gone, ...rest])
  expect(await errorsIn(document)).toEqual([])
  expect(document).toContain('name="kernel.unavailable" value="KERNEL_UNKNOWN: There is no 6.13."')
  expect(endsOf(document)).toEqual(['passes: error'])
})

test('of several rounds those that said something new are test cases', () => {
  const id = caseOf('wavers')
  const rounds = [verdictOf(id, 'PASS'), verdictOf(id, 'PASS', { round: 2 }), verdictOf(id, 'FAIL', { round: 3 })]
  expect(endsOf(junitOf(rounds))).toEqual(['wavers round 1: system', 'wavers round 3: failure'])
})

test('whatever a guest says, the document is valid and as many cases long as before', async () => {
  const documents: string[] = []
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(']]></failure>', '\ud800', '\u0000\ufffe', '&#0;'),
      (a, b) => {
        const said = `${a}${b}`
        const id = caseOf('fails')
        const more = { reason: said, title: said, kernel: said, details: [said], repeat: said }
        documents.push(junitOf([verdictOf(id, 'FAIL', { attempts: [resultOf(id, 'FAIL', more)] })]))
      },
    ),
    { numRuns: 60 },
  )
  expect(await errorsIn(...documents)).toEqual([])
  for (const document of documents) expect([...document.matchAll(/<testcase /g)]).toHaveLength(1)
})

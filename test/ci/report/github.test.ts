import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../ci/events.ts'
import { command, githubReporter } from '../../../ci/report/github.ts'
import { summaryReporter } from '../../../ci/report/github-summary.ts'
import { caseOf, eventsOf, everything, resultOf, verdictOf } from '../made-up-run.ts'
import { Collected, cutAtEvery, reported } from './collected.ts'

const annotationsOf = (verdicts: readonly Verdict[], more = {}) =>
  reported(githubReporter, eventsOf(verdicts, more)).split('\n').slice(0, -1)

/** As GitHub's runner reads a workflow command: properties up to the `::`, then unescaped. */
function readCommand(line: string) {
  const {
    name,
    properties = '',
    message = '',
  } = /^::(?<name>\w+) (?<properties>.*?)::(?<message>.*)$/s.exec(line)?.groups ?? {}
  const unescaped = (text: string) =>
    text
      .replaceAll('%2C', ',')
      .replaceAll('%3A', ':')
      .replaceAll('%0A', '\n')
      .replaceAll('%0D', '\r')
      .replaceAll('%25', '%')
  const pairs = properties.split(',').map(pair => [pair.split('=')[0], unescaped(pair.replace(/^[^=]*=/, ''))])
  return { name, properties: Object.fromEntries(pairs), message: unescaped(message) }
}

test('what failed is an error at its scenario, with what was found and how to see it again', () => {
  expect(annotationsOf([verdictOf(caseOf('fails'), 'FAIL'), verdictOf(caseOf('passes'), 'PASS')])).toEqual([
    '::error file=scenarios/fails.ts,title=FAIL%3A fails on Linux 6.12.107+deb13-cloud-amd64::' +
      '/a#1: container: expected 0:0 found 65534:65534%0Arepeat: npx idmaplab run fails --kernel 6.12',
  ])
})

test('of everything that can become of a case only what fails is an annotation', () => {
  const titles = annotationsOf(everything).map(line => readCommand(line).properties.title.replace(/ on Linux.*/, ''))
  expect(titles).toEqual(['FAIL: fails', 'FAIL: fails', 'ERROR: hangs', 'FLAKY: wavers'])
})

test('with a baseline the expected is a notice, the new an error, the fixed and the unknown are named', () => {
  const expectation = { outcome: 'FAIL', reason: 'a known bug', link: 'https://example.org/1' } as const
  const lines = annotationsOf([
    verdictOf(caseOf('a'), 'FAIL', { standing: 'expected', expectation }),
    verdictOf(caseOf('b'), 'PASS', { standing: 'fixed', expectation }),
    verdictOf(caseOf('c'), 'PASS', { standing: 'unknown' }),
    verdictOf(caseOf('d'), 'SKIP', { standing: 'new', expectation: { outcome: 'PASS', reason: '' } }),
    verdictOf(caseOf('e'), 'PASS', { standing: 'expected', expectation: { outcome: 'PASS', reason: '' } }),
  ]).map(readCommand)
  expect(lines.map(({ name, message }) => `${name}: ${message.split('\n')[0]}`)).toEqual([
    'notice: As expected: a known bug https://example.org/1',
    'notice: The baseline expects FAIL: a known bug',
    'notice: The baseline does not know this case.',
    'error: FEATURE_MISSING this kernel has no idmapped mounts on ext4',
  ])
})

test('a run that was cut short is a warning', () => {
  const ended = { cut: 'interrupted', notRun: [caseOf('b')] } as const
  expect(annotationsOf([verdictOf(caseOf('a'), 'PASS')], { ended })).toEqual([
    '::warning title=not everything was told::interrupted: 1 cases left',
  ])
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a\n::error::b', '%0A::set-env name=X::y', 'a,file=/etc/passwd', 'x:: y', '\r::debug::', '%', '::'),
)

describe('whatever is in the texts', () => {
  test('a command is one line, and reads as it was meant', () => {
    fc.assert(
      fc.property(hostile, hostile, (title, message) => {
        const line = command('error', { title, file: 'a' }, message)
        expect(line).not.toMatch(/[\r\n]/)
        const read = readCommand(line)
        expect(Object.keys(read.properties)).toEqual(['title', 'file'])
        if (/^[ -~]*$/.test(title + message))
          expect(read).toEqual({ name: 'error', properties: { title, file: 'a' }, message })
      }),
    )
  })

  test('the summary’s table and code stay what they are', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.constantFrom('```\n# x', '| x | <img src=x>', '`````` a')), said => {
        const id = { ...caseOf('fails'), fs: said }
        const result = resultOf(id, 'FAIL', { reason: said, title: said })
        const page = reported(summaryReporter, eventsOf([verdictOf(id, 'FAIL', { attempts: [result] })]))
        const lines = page.split('\n')
        const row = lines.find(line => line.startsWith('| fails ')) ?? ''
        expect(row.split('|')).toHaveLength(4)
        expect(page.replace(/^(`{3,})\n.*?^\1$/ms, '')).not.toMatch(/<(?!\/)|^```/m)
        expect(lines.filter(line => line.startsWith('#'))).toHaveLength(2)
      }),
    )
  })
})

describe('the summary of a step', () => {
  test('is the grid with what failed first, then each failure', () => {
    const page = reported(summaryReporter, eventsOf(everything))
    expect(page).toContain(`## idmaplab: 2 FAIL, 1 ERROR, 1 FLAKY, 2 PASS, 2 SKIP

|  | 6.12 | 6.1 |
| --- | --- | --- |
| fails (ext4) | **FAIL** | **FAIL** |
| hangs (ext4+overlay) | **ERROR** | - |
| wavers (ext4) | **FLAKY** | - |
| passes (ext4) | PASS | PASS |
| lacks (vfat) | SKIP | SKIP |

- 6.12: 6.12.107+deb13-cloud-amd64
- 6.1: 6.1.170-1 stands in for 6.1.176-1, which is gone
`)
    expect(page).toContain('### FAIL: fails on 6.12\n\nWho owns the snow\n\n```\n/a#1: container: expected')
  })

  test('stands behind what earlier steps wrote, and says until the end that it is incomplete', () => {
    const pages = cutAtEvery(output => summaryReporter(output, 'earlier\n'), eventsOf(everything))
    pages.forEach((page, i) => {
      expect(page.startsWith('earlier\n## idmaplab: ')).toBe(true)
      expect(page.includes('**Incomplete:** the run has not ended')).toBe(i < pages.length - 1)
    })
  })

  test('stays far below what GitHub takes, however much went wrong', () => {
    const lines = Array.from({ length: 60 }, (_, i) => ({ claim: `${i} ${'x'.repeat(5000)}` }))
    const checks = lines.map(line => ({ chapter: '', ...line, expected: 'a', found: 'b', outcome: 'FAIL' as const }))
    const many = Array.from({ length: 60 }, (_, i) => caseOf(`case-${i}`)).map(id =>
      verdictOf(id, 'FAIL', { attempts: [resultOf(id, 'FAIL', { checks })] }),
    )
    const output = new Collected()
    const reporter = summaryReporter(output)
    for (const event of eventsOf(many)) if (event.type !== 'case.attempted') reporter.hear(event)
    expect(output.text.length).toBeLessThan(500_000)
    expect(output.text).toContain('… and 30 more that failed.')
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Baseline, readBaseline } from '../../../ci/baseline/baseline.ts'
import { BaselineError } from '../../../ci/baseline/error.ts'
import { areRivals, compareNarrowness, isAbout, type Place } from '../../../ci/baseline/narrowness.ts'

const SKIP = '{ outcome: SKIP, reason: a }'
const read = (cases: string, ...judged: Place[]): Baseline =>
  readBaseline(`format: 1\ncases:\n${cases}`, 'b.yaml', { cases: judged })
const onExt4 = (...lines: string[]) => ['  s:', '    ext4:', ...lines.map(line => `      ${line}`), ''].join('\n')
const place = (scenario: string, fs = 'ext4'): Place => ({ scenario, fs })

describe('entries that contradict each other are found when a baseline is read, with both their lines', () => {
  test.each([
    [
      'two ranges with a series in common',
      onExt4('6.1..6.12: PASS', `6.12..7.3: ${SKIP}`),
      'b.yaml:6: of s (ext4) on 6.12 this entry expects SKIP, the one in line 5 PASS, and neither is the narrower one: say which cases each means.',
    ],
    ['two ranges over the same', onExt4('5.12..: PASS', `..7.3: ${SKIP}`), 'b.yaml:6: of s (ext4) on 5.12..7.3 '],
    ['two ranges without an end', onExt4('5.12..: PASS', `6.1..: ${SKIP}`), 'b.yaml:6: of s (ext4) on 6.1.. '],
    [
      'two ranges of more series than there are',
      onExt4('6.1..6.999999: PASS', `6.2..6.999999: ${SKIP}`, '6.2: PASS'),
      'b.yaml:6: of s (ext4) on 6.2..6.999999 ',
    ],
    ['two ranges of old', onExt4('..5.12: PASS', `..6.1: ${SKIP}`), 'b.yaml:6: of s (ext4) on ..5.12 '],
    [
      'two ranges of which one series is decided',
      onExt4('6.1..6.3: PASS', `6.2..6.4: ${SKIP}`, '6.2: PASS'),
      'b.yaml:6: of s (ext4) on 6.3 ',
    ],
    [
      'two ranges of which a version is decided',
      onExt4('6.1..6.2: PASS', `6.2..6.4: ${SKIP}`, '6.2.5: PASS'),
      'b.yaml:6: of s (ext4) on 6.2 ',
    ],
    [
      'another failure',
      onExt4(
        "6.1..6.2: { outcome: FAIL, code: EXPECTATION, reason: a, link: 'https://a.org' }",
        "6.2..6.3: { outcome: FAIL, reason: a, link: 'https://a.org' }",
      ),
      'b.yaml:6: of s (ext4) on 6.2 this entry expects FAIL, the one in line 5 FAIL (EXPECTATION), ',
    ],
    [
      'scenarios with a *, of which one includes the other',
      `  'a-*': { ext4: { '*': PASS } }\n  '*': { ext4: { '*': ${SKIP} } }\n`,
      'b.yaml:4: of a-* (ext4) on any kernel this entry expects SKIP, the one in line 3 PASS',
    ],
    [
      'file systems with a *',
      `  s: { 'ext4*': { host: PASS }, '*': { host: ${SKIP} } }\n`,
      'b.yaml:3: of s (ext4*) on host ',
    ],
  ])('%s', (_, cases, sentence) => {
    expect(() => read(cases)).toThrow(BaselineError)
    expect(() => read(cases)).toThrow(sentence)
  })

  test('scenarios with a *, where both mean a case that is to be judged', () => {
    const both = `  'a-*': { ext4: { '6.12': PASS } }\n  '*-b': { ext4: { '6.12': ${SKIP} } }\n`
    expect(() => read(both, place('a-b'))).toThrow('b.yaml:4: of a-b (ext4) on 6.12 ')
    expect(read(both, place('a-c'), place('c-b'), place('a-b', 'vfat')).entries).toHaveLength(2)
  })
})

test.each([
  ['the narrower entry decides', onExt4('6.1..6.12: PASS', `'*': ${SKIP}`, `6.6: ${SKIP}`, '6.6.1: PASS')],
  ['what they have in common is decided by a series', onExt4('6.1..6.12: PASS', `6.12..7.3: ${SKIP}`, '6.12: PASS')],
  ['it is decided series for series', onExt4('6.1..6.3: PASS', `6.2..6.9: ${SKIP}`, '6.2: PASS', `6.3: ${SKIP}`)],
  [
    'it is decided for this scenario',
    `  s: { ext4: { '6.1..': PASS } }\n  's*': { ext4: { '6.1..': PASS }, '*': { '..6.0': PASS } }\n`,
  ],
  ['ranges follow on each other', onExt4('6.1..6.12: PASS', `6.13..7.3: ${SKIP}`)],
  ['both expect the same', onExt4('6.1..6.12: PASS', '6.6..7.3: PASS')],
  ['names are different', onExt4('host: PASS', `'debian:sid': ${SKIP}`)],
  ['versions are different', onExt4('6.6.1: PASS', `6.6.2: ${SKIP}`)],
])('there is no contradiction where %s', (_, cases) => {
  expect(read(cases, place('s')).entries.length).toBeGreaterThan(1)
})

test('of no case of a baseline that was read two entries say different things, whatever version its kernel has', () => {
  const series = fc.integer({ min: 0, max: 4 }).map(minor => `6.${minor}`)
  const kernel = fc.oneof(
    series,
    fc.tuple(series, fc.integer({ min: 0, max: 2 })).map(([of, patch]) => `${of}.${patch}`),
    fc.tuple(series, series).map(ends => ends.toSorted().join('..')),
    series.map(first => `${first}..`),
    series.map(last => `..${last}`),
    fc.constantFrom('*', 'host'),
  )
  const byKernel = fc.dictionary(kernel, fc.constantFrom('PASS', SKIP), { minKeys: 1, maxKeys: 5 })
  const byFs = fc.dictionary(fc.constantFrom('ext4', '*', 'ext*'), byKernel, { minKeys: 1 })
  const cases = fc.dictionary(fc.constantFrom('a-b', 'a-*', '*-b', '*'), byFs, { minKeys: 1 })
  const found = { read: 0, refused: 0 }
  fc.assert(
    fc.property(cases, said => {
      const text = JSON.stringify({ format: '1', cases: said }).replaceAll(JSON.stringify(SKIP), SKIP)
      const contradicts = contradictsItself(readUnasked(text))
      try {
        readBaseline(text, 'b.yaml', { cases: [place('a-b')] })
        found.read += 1
        expect(contradicts).toBe(false)
      } catch (error) {
        if (!(error instanceof BaselineError && error.message.includes('neither is the narrower'))) throw error
        found.refused += 1
      }
    }),
    { numRuns: 300 },
  )
  expect(Math.min(found.read, found.refused)).toBeGreaterThan(0)
})

/** The entries, read one by one, so that none can contradict another. */
function readUnasked(text: string): Baseline['entries'] {
  const { cases } = JSON.parse(text.replaceAll(SKIP, '"SKIP"')) as { cases: Record<string, Record<string, object>> }
  return Object.entries(cases).flatMap(([scenario, byFs]) =>
    Object.entries(byFs).flatMap(([fs, byKernel]) =>
      Object.entries(byKernel).flatMap(([kernel, outcome]) => {
        const only = { [scenario]: { [fs]: { [kernel]: outcome } } }
        const alone = JSON.stringify({ format: '1', cases: only }).replaceAll('"SKIP"', SKIP)
        return readBaseline(alone, 'b').entries
      }),
    ),
  )
}

/** What a run would have come to see in its middle. */
function contradictsItself(entries: Baseline['entries']): boolean {
  const versions = [0, 1, 2, 3, 4, 5].flatMap(minor => [0, 1, 2, 3].map(patch => `6.${minor}.${patch}`))
  const kernels = [...versions.map(version => ({ name: version, version })), { name: 'host', version: '6.1.0' }]
  return kernels.some(kernel => {
    const meant = entries.filter(entry => isAbout(entry, place('a-b')) && entry.kernel.matches(kernel))
    const [first, ...others] = meant.toSorted(compareNarrowness)
    return first !== undefined && others.some(other => areRivals(first, other))
  })
}

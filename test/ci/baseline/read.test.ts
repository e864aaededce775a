import { describe, expect, test } from 'vitest'
import { readBaseline } from '../../../ci/baseline/baseline.ts'
import { BaselineError } from '../../../ci/baseline/error.ts'

const file = `# Kernels of the CI
format: 1
cases:
  vfat-usb-stick:
    vfat:
      '5.10':
        outcome: SKIP
        reason: no idmapped mounts before Linux 5.12
      6.10..6.11: PASS
      '*': PASS
  'overlay-*':
    ext4+overlay:
      6.16.3:
        outcome: FAIL
        code: KERNEL_TROUBLE
        reason: statmount dereferences a null pointer
        link: https://git.kernel.org/linus/e8c84e2082e6
`

test('every entry is read, with the line it stands in', () => {
  const { entries } = readBaseline(file, 'baseline.yaml')
  expect(
    entries.map(({ scenario, fs, kernel, expectation, line }) => [
      line,
      scenario,
      fs,
      kernel.text,
      expectation.outcome,
      expectation.reason,
    ]),
  ).toEqual([
    [6, 'vfat-usb-stick', 'vfat', '5.10', 'SKIP', 'no idmapped mounts before Linux 5.12'],
    [9, 'vfat-usb-stick', 'vfat', '6.10..6.11', 'PASS', ''],
    [10, 'vfat-usb-stick', 'vfat', '*', 'PASS', ''],
    [13, 'overlay-*', 'ext4+overlay', '6.16.3', 'FAIL', 'statmount dereferences a null pointer'],
  ])
  expect(entries[3]?.expectation).toMatchObject({ code: 'KERNEL_TROUBLE', link: expect.stringContaining('linus') })
})

test('a kernel that looks like a number is the text it is written as', () => {
  const { entries } = readBaseline('format: 1\ncases: { a: { ext4: { 6.10: PASS, 6.1: PASS } } }', 'b')
  expect(entries.map(({ kernel }) => kernel.text)).toEqual(['6.10', '6.1'])
})

test.each(['constructor', '__proto__', 'prototype', 'toString'])('a scenario may be called %s', name => {
  const said = (kernel: string) => `format: 1\ncases: { ${name}: { ${name}: { ${kernel}: PASS } } }`
  const [entry] = readBaseline(said(name), 'b').entries
  expect(entry).toMatchObject({ scenario: name, fs: name, kernel: { text: name }, line: 2 })
  expect(() => readBaseline(said('x').replace('PASS', 'WHY'), 'b.yaml')).toThrow(/^b\.yaml:2:\d+: expected PASS/)
})

const inCase = (...lines: string[]) =>
  ['format: 1', 'cases:', '  a:', '    ext4:', ...lines.map(line => `      ${line}`), ''].join('\n')

describe('what is no baseline is refused with its place and what was expected', () => {
  test.each([
    ['nothing', '', 'b.yaml:1:1: expected "format: 1" and "cases"'],
    ['a list', '- a', 'b.yaml:1:1: expected "format: 1" and "cases"'],
    ['another format', 'format: 2\ncases: {}', 'b.yaml:1:1: expected format 1, found "2"'],
    ['no cases', 'format: 1', 'b.yaml:1:1: "cases" is missing.'],
    ['more than there is', 'format: 1\ncases: {}\nkernels: {}', 'b.yaml:3:1: there is no place for "kernels".'],
    [
      'a list of scenarios',
      'format: 1\ncases: [a]',
      'b.yaml:2:1: expected scenarios, and below each its file systems, found a list.',
    ],
    [
      'an entry that is a list',
      inCase("'6.12': [PASS]"),
      'b.yaml:5:7: expected an outcome, and with it a code, a reason and a link, found a list.',
    ],
    [
      'a reason that is a list',
      inCase("'6.12': { outcome: SKIP, reason: [a] }"),
      'b.yaml:5:32: expected a reason, found a list.',
    ],
    [
      'an entry that says nothing',
      inCase("'6.12':"),
      'b.yaml:5:7: expected PASS, FAIL, SKIP, ERROR or FLAKY, found ""',
    ],
    [
      'what is no outcome',
      inCase("'6.12': pass"),
      'b.yaml:5:7: expected PASS, FAIL, SKIP, ERROR or FLAKY, found "pass"',
    ],
    [
      'what is no outcome, in a block',
      inCase("'6.12':", '  reason: a', '  outcome: XFAIL'),
      'b.yaml:7:9: expected PASS, FAIL, SKIP, ERROR or FLAKY, found "XFAIL"',
    ],
    ['no outcome', inCase("'6.12':", '  reason: a'), 'b.yaml:5:7: "outcome" is missing.'],
    [
      'a word there is not',
      inCase("'6.12':", '  outcome: PASS', '  why: a'),
      'b.yaml:7:9: there is no place for "why".',
    ],
    [
      'a code in small letters',
      inCase("'6.12':", '  outcome: FAIL', '  code: oops'),
      'b.yaml:7:9: expected a code such',
    ],
    [
      'a link that is none',
      inCase("'6.12':", '  outcome: SKIP', '  reason: a', '  link: javascript:alert(1)'),
      'b.yaml:8:9: expected an http or https URL',
    ],
    ['outcomes without kernels', 'format: 1\ncases:\n  a:\n    ext4: PASS', 'b.yaml:4:5: expected kernels'],
    ['cases without file systems', 'format: 1\ncases:\n  a: PASS', 'b.yaml:3:3: expected file systems'],
    ['one kernel twice', inCase("'6.12': PASS", '6.12: FAIL'), 'b.yaml:6:7: Map keys must be unique'],
    ['a range that leads backwards', inCase('6.12..6.1: PASS'), 'b.yaml:5:7: the range 6.12..6.1 leads from a newer'],
    [
      'a version that is none',
      inCase('6.1..6.9999999: PASS'),
      'b.yaml:5:7: expected a kernel version such as 6.12 or 6.1.0-21-amd64, found "6.9999999".',
    ],
    ['no YAML', 'format: 1\ncases: {', 'b.yaml:2:9: '],
    ['an alias', 'format: 1\ncases: &a\n  x: *a', 'b.yaml:3:6: an alias'],
    [
      'a FAIL without a reason',
      inCase("'6.12': FAIL"),
      'b.yaml:5:7: FAIL is expected here without a reason: give one.',
    ],
    [
      'a reason that is still to be given',
      inCase("'6.12': { outcome: SKIP, reason: TODO }"),
      'b.yaml:5:7: SKIP is expected here without a reason: give one.',
    ],
    [
      'a FAIL that is reported nowhere',
      inCase("'6.12':", '  outcome: FAIL', '  reason: a bug', '  link: TODO'),
      'b.yaml:5:7: FAIL is expected here without a link: give one.',
    ],
  ])('%s', (_, text, sentence) => {
    expect(() => readBaseline(text, 'b.yaml')).toThrow(BaselineError)
    expect(() => readBaseline(text, 'b.yaml')).toThrow(sentence)
  })
})

test('what waits for a person’s word may be read in order to be updated', () => {
  expect(
    readBaseline(inCase("'6.12': { outcome: FAIL, reason: TODO, link: TODO }"), 'b', { draft: true }).entries,
  ).toHaveLength(1)
})

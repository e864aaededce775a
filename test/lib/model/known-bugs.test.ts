import { describe, expect, test } from 'vitest'
import { parseKernelVersion } from '../../../lib/idmap/kernel-version.ts'
import { bugRange, hasBug, KNOWN_BUGS, type KnownBug } from '../../../lib/model/known-bugs.ts'

const bug: KnownBug = { what: 'it breaks', since: '5.12', fixed: ['6.1.191', '6.12.97', '7.2'], link: 'https://e.org' }
const has = (version: string, which: KnownBug = bug) => hasBug(which, parseKernelVersion(version))

describe('a kernel has a bug', () => {
  test.each(['5.12', '5.15.200', '6.1.0', '6.1.190', '6.12.96', '6.16.12', '6.18.99', '7.1.99'])('%s: yes', version => {
    expect(has(version)).toBe(true)
  })

  test.each(['5.10.223', '6.1.191', '6.1.250', '6.12.97', '7.2', '7.2.13', '7.3.4', '8.0'])('%s: no', version => {
    expect(has(version)).toBe(false)
  })

  test('a fix in a stable line mends no other line', () => {
    expect(has('6.16.0')).toBe(true)
    expect(has('6.0.500')).toBe(true)
  })
})

test('the range is said with every line that was fixed', () => {
  expect(bugRange(bug)).toBe('since 5.12, fixed in 6.1.191, 6.12.97 and 7.2')
  expect(bugRange({ ...bug, fixed: ['6.0'] })).toBe('since 5.12, fixed in 6.0')
})

test.each([
  ['openTreeAttrHole', ['6.15', '6.16.3'], ['6.12.107', '6.16.4', '6.16.12', '6.17.0', '6.18']],
  ['unnamedFileOfNobody', ['6.1.176', '6.12.94', '6.18.15', '7.0.13'], ['5.10', '6.12.107', '7.1.13', '7.2.13', '7.3']],
  ['statmountOops', ['6.15', '6.16.12', '6.17.9'], ['6.14.11', '6.17.10', '6.18', '7.3.4']],
] as const)('%s is where it is known to be', (name, affected, others) => {
  expect(affected.map(version => [version, has(version, KNOWN_BUGS[name])])).toEqual(affected.map(v => [v, true]))
  expect(others.map(version => [version, has(version, KNOWN_BUGS[name])])).toEqual(others.map(v => [v, false]))
})

test('the fixed versions are in order, so that the last one is the mainline’s', () => {
  for (const { fixed } of Object.values(KNOWN_BUGS)) {
    const order = fixed.map(text => parseKernelVersion(text)).map(({ major, minor }) => major * 1000 + minor)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  }
})

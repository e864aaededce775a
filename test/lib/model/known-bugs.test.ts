import { describe, expect, test } from 'vitest'
import { parseKernelVersion } from '../../../lib/idmap/kernel-version.ts'
import { bugPresence, bugRange, fixInWords, KNOWN_BUGS, type KnownBug } from '../../../lib/model/known-bugs.ts'

const bug: KnownBug = {
  what: 'it breaks',
  since: '5.12',
  fixed: ['6.1.191', { after: '6.18.15', by: '6.18.44' }, '7.2'],
  link: 'https://e.org',
}
const presence = (version: string, which: KnownBug = bug) => bugPresence(which, parseKernelVersion(version))

describe('whether a version has a bug', () => {
  test.each(['5.12', '5.15.200', '6.1.0', '6.1.190', '6.12.99', '6.18.0', '6.18.15', '6.19', '7.1.99'])(
    '%s: yes',
    v => {
      expect(presence(v)).toBe('present')
    },
  )

  test.each(['5.10.223', '6.1.191', '6.1.250', '6.18.44', '6.18.99', '7.2', '7.2.13', '7.3.4', '8.0'])('%s: no', v => {
    expect(presence(v)).toBe('absent')
  })

  test.each(['6.18.16', '6.18.43'])('%s, between the last one seen with it and the first one without: either', v => {
    expect(presence(v)).toBe('either')
  })

  test('the last fix is the mainline’s: it counts for the lines between, which got none of their own', () => {
    const vague: KnownBug = { ...bug, fixed: ['6.1.191', { after: '6.18.15', by: '7.2.13' }] }
    const versions = ['6.12.99', '6.18.15', '6.18.16', '6.19', '7.2.12', '7.2.13', '7.3']
    expect(versions.map(version => presence(version, vague))).toEqual([
      ...['present', 'present'],
      ...['either', 'either', 'either'],
      ...['absent', 'absent'],
    ])
  })
})

test('the range is said with every line that was fixed', () => {
  expect(bugRange(bug)).toBe('since 5.12, fixed in 6.1.191, after 6.18.15 by 6.18.44 and in 7.2')
  expect(bugRange({ ...bug, fixed: ['6.0'] })).toBe('since 5.12, fixed in 6.0')
  expect(bug.fixed.map(fixInWords)).toEqual(['in 6.1.191', 'after 6.18.15 by 6.18.44', 'in 7.2'])
})

test.each([
  ['openTreeAttrHole', ['6.15', '6.16.3'], ['6.12.107', '6.16.4', '6.16.12', '6.17.0', '6.18']],
  [
    'unnamedFileOfNobody',
    ['6.1.176', '6.12.94', '6.16.12', '6.17.13', '6.18.15', '7.0.13'],
    ['5.10', '6.12.107', '6.18.44', '7.1.13', '7.2.13', '7.3'],
  ],
  ['statmountOops', ['6.15', '6.16.12', '6.17.9'], ['6.14.11', '6.17.10', '6.18', '7.3.4']],
  ['mincoreOwner', ['6.1.176', '6.12.94', '6.17.13', '6.18.15'], ['6.12.107', '6.18.44', '7.2.13', '7.3.4']],
] as const)('%s is where it is known to be', (name, affected, others) => {
  expect(affected.map(v => [v, presence(v, KNOWN_BUGS[name])])).toEqual(affected.map(v => [v, 'present']))
  expect(others.map(v => [v, presence(v, KNOWN_BUGS[name])])).toEqual(others.map(v => [v, 'absent']))
})

test('what is known least is the table’s last word on 7.1: the fix came with one of its patches', () => {
  expect(presence('7.1.3', KNOWN_BUGS.unnamedFileOfNobody)).toBe('either')
})

test('the fixes are in the order of their lines, so that the last one is the mainline’s', () => {
  for (const { fixed } of Object.values(KNOWN_BUGS) as KnownBug[]) {
    const lines = fixed.map(fix => parseKernelVersion(typeof fix === 'string' ? fix : fix.by))
    const order = lines.map(({ major, minor }) => major * 1000 + minor)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  }
})

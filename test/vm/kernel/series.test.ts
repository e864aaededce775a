import { describe, expect, test } from 'vitest'
import { matrixKernels, nearestSeries, SERIES, seriesOf, suitesWith } from '../../../vm/kernel/series.ts'

test('the series have one default, and the usual ones are old, new and in between', () => {
  expect(SERIES.filter(series => series.default).map(series => series.name)).toEqual(['6.12'])
  expect(matrixKernels()).toEqual(['5.10', '6.1', '6.12', '6.17', '6.18', '7.2', '7.3'])
})

describe('the series most like what was wanted', () => {
  test.each([
    ['6.13', ['6.12', '6.16', '6.17']],
    ['6.2', ['6.1', '6.12', '6.16']],
    ['5.4', ['5.10', '6.1', '6.12']],
    ['latest', ['7.3', '7.2', '7.1']],
  ])('%s: %j', (wanted, expected) => {
    expect(nearestSeries(wanted).slice(0, 3)).toEqual(expected)
  })
})

describe('where a version is looked for', () => {
  test.each([
    ['6.12.43-1', '6.12', ['trixie', 'bookworm-backports']],
    ['6.1', '6.1', ['bookworm']],
    ['7.3~rc7-1~exp1', '7.3', ['trixie-backports', 'sid', 'experimental']],
    ['7.10', '7.10', ['sid', 'experimental', 'trixie-backports']],
    ['8.0-1', '8.0', ['sid', 'experimental', 'trixie-backports']],
    ['6.13', '6.13', []],
    ['5.4', '5.4', []],
  ])('%s, of the series %s: %j', (version, series, suites) => {
    expect(seriesOf(version)).toBe(series)
    expect(suitesWith(version)).toEqual(suites)
  })
})

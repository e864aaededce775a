import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkSubids } from '../../../lib/check/subids.ts'

const told = (text: string) =>
  checkSubids('/etc/subuid', text).map(({ rule, severity, where }) => [
    rule,
    severity,
    ...where.map(({ line }) => line),
  ])

test('lines that meet nowhere are fine, neighbours too', () => {
  expect(told('# ranges\nroot:100000:65536\n\nroot:1005:1\nweb:165536:65536\n')).toEqual([])
})

test('two owners of the same ids are an error at the later line, with the ids they share', () => {
  const [finding, ...others] = checkSubids('/etc/subuid', 'web:150000:100000\nroot:100000:65536\n')
  expect(others).toEqual([])
  expect(finding).toEqual({
    rule: 'SUBID_OVERLAP',
    severity: 'error',
    where: [
      { name: '/etc/subuid', line: 2, column: 1 },
      { name: '/etc/subuid', line: 1, column: 1 },
    ],
    message:
      "host ids 150000..165535 are given to root and to web (web:150000:100000): what leaves the one's containers can touch the other's",
    fix: 'give root a range nobody has',
  })
})

test('one owner’s ids given twice are a warning', () => {
  expect(told('web:1000:10\nweb:1005:10\n')).toEqual([['SUBID_OVERLAP', 'warning', 2, 1]])
})

test('a range that lies within an earlier one is found though others begin in between', () => {
  expect(told('a:0:1000\nb:2000:5\nc:990:1\n')).toEqual([['SUBID_OVERLAP', 'error', 3, 1]])
  expect(told('a:0:1000\nb:10:1\nc:999:1\nd:1000:1\n')).toEqual([
    ['SUBID_OVERLAP', 'error', 2, 1],
    ['SUBID_OVERLAP', 'error', 3, 1],
  ])
})

test('a line that gives nothing, and one shadow would pass over, are told', () => {
  expect(told('root:1:0\nroot 2 3\nroot:5\n#x:1:0\n')).toEqual([
    ['SUBID_SYNTAX', 'error', 2],
    ['SUBID_SYNTAX', 'error', 3],
    ['SUBID_EMPTY', 'warning', 1],
  ])
})

test('ids are told to be given twice exactly when some are', () => {
  const range = fc.record({ from: fc.nat(30), count: fc.integer({ min: 1, max: 8 }) })
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), ranges => {
      const ids = ranges.flatMap(({ from, count }) => Array.from({ length: count }, (_, index) => from + index))
      const text = ranges.map(({ from, count }, index) => `owner${index}:${from}:${count}\n`).join('')
      expect(told(text).length > 0).toBe(new Set(ids).size < ids.length)
    }),
  )
})

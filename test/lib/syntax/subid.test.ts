import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdMapSyntaxError } from '../../../lib/syntax/error.ts'
import {
  addSubids,
  formatSubids,
  parseSubids,
  readSubids,
  rewriteSubids,
  subid,
  subidsOf,
} from '../../../lib/syntax/subid.ts'
import { refusal } from './refusal.ts'

// man 5 subuid of shadow, and https://pve.proxmox.com/wiki/Unprivileged_LXC_containers
const FILE = `# added by hand
root:100000:65536
www-data:0:0

1000:165536:65536
root:1005:1
EXAMPLE\\jo@example.org:231072:65536
`

describe('what is read', () => {
  test('is every range, with its owner and its line', () => {
    expect(readSubids(FILE)).toEqual({
      lines: [
        { owner: 'root', from: 100_000, count: 65_536, line: 2 },
        { owner: '1000', from: 165_536, count: 65_536, line: 5 },
        { owner: 'root', from: 1005, count: 1, line: 6 },
        { owner: 'EXAMPLE\\jo@example.org', from: 231_072, count: 65_536, line: 7 },
      ],
      faults: [],
    })
    expect(parseSubids(FILE)).toEqual(readSubids(FILE).lines)
    expect(parseSubids('')).toEqual([])
  })

  test('goes up to the last id there is', () => {
    expect(parseSubids('a:0:4294967295\nb:4294967294:1\nc:4294967295:0')).toHaveLength(2)
  })

  test('the example is the one of the Proxmox wiki', () => {
    expect(subid.ranges.read(subid.ranges.example.text)).toEqual({
      lines: [
        { owner: 'root', from: 100_000, count: 65_536, line: 1 },
        { owner: 'root', from: 1005, count: 1, line: 2 },
      ],
      faults: [],
    })
    expect(subid.recognises(subid.ranges.example.text)).toBe(true)
    expect(subid.recognises(FILE)).toBe(true)
    expect(subid.recognises('root:0')).toBe(false)
  })
})

const NUMBER = '(decimal digits, no sign, no leading zero)'
const OWNER = "a user's name or uid, without blanks"
const LONG = `${'a'.repeat(1020)}:1:1`

test.each([
  ['root:100000', 1, 12, '', `a count ${NUMBER}`],
  ['root', 1, 5, '', `the first host id ${NUMBER}`],
  ['root::1', 1, 6, '', `the first host id ${NUMBER}`],
  ['root:1:', 1, 8, '', `a count ${NUMBER}`],
  ['root:1:2:3', 1, 10, '3', 'the end of the line'],
  [':1:2', 1, 1, '', OWNER],
  [' root:1:2', 1, 1, ' root', OWNER],
  ['a b:1:2', 1, 1, 'a b', OWNER],
  ['root:1:2\r', 1, 8, '2\\u{d}', `a count ${NUMBER}`],
  ['root:1: 2', 1, 8, ' 2', `a count ${NUMBER}`],
  ['root:0100:1', 1, 6, '0100', `the first host id ${NUMBER}`],
  ['a:1:1\nroot:0x10:1', 2, 6, '0x10', `the first host id ${NUMBER}`],
  ['root:-1:1', 1, 6, '-1', `the first host id ${NUMBER}`],
  ['root:1:4294967295', 1, 6, '1', 'a range that ends at 4294967294 or before'],
  ['root:4294967295:1', 1, 6, '4294967295', 'a range that ends at 4294967294 or before'],
  [LONG, 1, 1, `${'a'.repeat(40)}…`, 'a line of at most 1023 characters'],
])('%j is passed over by shadow, and a fault here', (text, line, column, found, expected) => {
  expect(refusal(() => parseSubids(text))).toMatchObject({ dialect: 'subid', line, column, found, expected })
})

test('a line of 1023 characters is the longest shadow reads', () => {
  expect(parseSubids(LONG.slice(1))).toHaveLength(1)
})

test('all faults are told, and the good lines stay', () => {
  const { lines, faults } = readSubids('x\nroot:1:2\ny:1')
  expect(lines).toEqual([{ owner: 'root', from: 1, count: 2, line: 2 }])
  expect(faults.map(({ line, column }) => [line, column])).toEqual([
    [1, 2],
    [3, 4],
  ])
})

describe('what a user has', () => {
  test('is written under the name or the uid, in the order of the file', () => {
    const lines = parseSubids('jo:1:1\n1000:2:2\njoe:3:3\njo:4:4')
    expect(subidsOf(lines, { name: 'jo' }).map(({ from }) => from)).toEqual([1, 4])
    expect(subidsOf(lines, { name: 'jo', uid: 1000 }).map(({ from }) => from)).toEqual([1, 2, 4])
    expect(subidsOf(lines, { name: 'nobody', uid: 65_534 })).toEqual([])
  })
})

describe('a range that is added', () => {
  test('comes last, and everything else stays', () => {
    expect(addSubids(FILE, { owner: 'root', from: 1006, count: 2 })).toBe(`${FILE}root:1006:2\n`)
    expect(addSubids('', { owner: 'root', from: 1, count: 1 })).toBe('root:1:1\n')
    expect(addSubids('a:1:1', { owner: 'root', from: 1, count: 1 })).toBe('a:1:1\nroot:1:1\n')
  })

  test('is not added when the owner has all of it, be it on neighbouring lines', () => {
    const neighbours = 'root:10:5\nroot:15:5\n'
    expect(addSubids(neighbours, { owner: 'root', from: 12, count: 6 })).toBe(neighbours)
    expect(addSubids(neighbours, { owner: 'jo', from: 12, count: 6 })).toBe(`${neighbours}jo:12:6\n`)
  })

  test('is added only where the owner lacks it', () => {
    expect(addSubids('root:10:5\nroot:20:5\n', { owner: 'root', from: 8, count: 20 })).toBe(
      'root:10:5\nroot:20:5\nroot:8:2\nroot:15:5\nroot:25:3\n',
    )
  })

  test('is not added to a file with a line that can’t be read', () => {
    expect(() => addSubids('root', { owner: 'root', from: 1, count: 1 })).toThrow(IdMapSyntaxError)
  })
})

describe('a file that is rewritten', () => {
  test('keeps comments, blank lines, empty ranges and the lines that are still right', () => {
    const ranges = [
      { owner: 'www-data', from: 5, count: 6 },
      { owner: '1000', from: 165_536, count: 65_536 },
      { owner: 'root', from: 1005, count: 1 },
    ]
    expect(rewriteSubids(FILE, ranges)).toBe(
      '# added by hand\nwww-data:0:0\n\n1000:165536:65536\nroot:1005:1\nwww-data:5:6\n',
    )
  })

  test('has a line twice only when it is wanted twice', () => {
    const line = { owner: 'a', from: 1, count: 1 }
    expect(rewriteSubids('a:1:1\n# c\na:1:1\n', [line])).toBe('a:1:1\n# c\n')
    expect(rewriteSubids('a:1:1\n', [line, line])).toBe('a:1:1\na:1:1\n')
  })
})

test('reading what was written gives the same ranges, and rewriting what they are changes nothing', () => {
  const range = fc.record({
    owner: fc.stringMatching(/^[a-z_][a-z0-9_-]{0,30}$/),
    from: fc.nat(4_000_000_000),
    count: fc.integer({ min: 1, max: 294_967_295 }),
  })
  fc.assert(
    fc.property(fc.array(range, { maxLength: 8 }), ranges => {
      const text = formatSubids(ranges)
      expect(parseSubids(text)).toEqual(ranges.map((range, index) => ({ ...range, line: index + 1 })))
      expect(rewriteSubids(text, ranges)).toBe(text)
      expect(parseSubids(rewriteSubids(FILE, ranges)).map(({ line, ...range }) => range)).toEqual(ranges)
    }),
  )
})

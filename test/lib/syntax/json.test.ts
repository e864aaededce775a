import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Json, memberOf, readJson } from '../../../lib/syntax/json.ts'
import { refusal } from './refusal.ts'

const read = (text: string) => readJson('oci', text)

/** What a value means, as JSON.parse would have it. */
function plain(value: Json): unknown {
  if (value.kind === 'array') return value.items.map(plain)
  if (value.kind === 'object')
    return Object.fromEntries(value.members.map(member => [member.key.value, plain(member.value)]))
  return value.kind === 'string' ? value.value : JSON.parse(value.text)
}

test('any JSON means what JSON.parse says, and every value is its own text', () => {
  const check = (text: string, value: Json): void => {
    expect(text.slice(value.start, value.start + value.text.length)).toBe(value.text)
    const before = text.slice(0, value.start).split('\n')
    expect([value.line, value.column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1])
    if (value.kind === 'array') for (const item of value.items) check(text, item)
    if (value.kind === 'object') for (const member of value.members) check(text, member.value)
  }
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
      const text = ` \r\n${JSON.stringify(JSON.parse(json), null, indent)}\t`
      const value = read(text)
      expect(JSON.stringify(plain(value))).toBe(JSON.stringify(JSON.parse(json)))
      check(text, value)
    }),
  )
})

test('whatever JSON.parse refuses is refused, and the other way round', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\',
    'null',
    'true',
    '1',
    '-0',
    '01',
    '1.',
    '.5',
    '1e5',
    ' ',
    '\n',
    '\u00a0',
    '\\u12',
    '\u0001',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), parts => {
      const text = parts.join('')
      // Members without braces are ours alone.
      fc.pre(!/^\s*"[^"]*"\s*:/.test(text))
      let parsed: unknown
      try {
        parsed = JSON.parse(text)
      } catch {
        expect(refusal(() => read(text)).code).toBe('IDMAP_SYNTAX')
        return
      }
      expect(plain(read(text))).toEqual(parsed)
    }),
    { numRuns: 2000 },
  )
})

test('numbers stay the text they are', () => {
  const value = read('[9223372036854775807, -0.0, 1E+5]')
  expect(value.kind === 'array' && value.items.map(({ text }) => text)).toEqual(['9223372036854775807', '-0.0', '1E+5'])
})

test('members cut out of an object are read as one, with or without the last comma', () => {
  for (const text of ['"a": 1, "b": [2]', ' "a" : 1,\n"b":[2] ,\n']) {
    const value = read(text)
    expect(value.kind).toBe('object')
    expect(plain(value)).toEqual({ a: 1, b: [2] })
  }
  expect(plain(read('"a"'))).toBe('a')
})

describe('a member', () => {
  const object = (text: string) => {
    const value = read(text)
    if (value.kind !== 'object') throw new Error('no object')
    return value
  }

  test('is found by its name, escaped or not', () => {
    expect(memberOf('oci', object('{"a":1,"\\u0062":2}'), 'b')?.text).toBe('2')
    expect(memberOf('oci', object('{"a":1}'), 'b')).toBeUndefined()
  })

  test('that is there twice is a fault at the second', () => {
    expect(refusal(() => memberOf('cri', object('{"a":1,\n"a":1}'), 'a'))).toMatchObject({
      dialect: 'cri',
      line: 2,
      column: 1,
      found: '"a"',
      expected: 'one member "a"',
    })
  })
})

test.each([
  ['', 1, 1, '', 'a JSON value'],
  ['\n  x', 2, 3, 'x', 'a JSON value'],
  ['01', 1, 1, '01', 'a JSON value'],
  ['nul', 1, 1, 'nul', 'a JSON value'],
  ['1 2', 1, 3, '2', 'the end of the document'],
  ['{} ]', 1, 4, ']', 'the end of the document'],
  ['[1 2]', 1, 4, '2', "',' or ']'"],
  ['[1', 1, 3, '', "',' or ']'"],
  ['[1,]', 1, 4, ']', 'a JSON value'],
  ['[,', 1, 2, ',', 'a JSON value'],
  ['{1', 1, 2, '1', 'a string'],
  ['{"a"}', 1, 5, '}', "':'"],
  ['{"a":}', 1, 6, '}', 'a JSON value'],
  ['{"a":1 "b"', 1, 8, '"', "',' or '}'"],
  ['{"a":1,}', 1, 8, '}', 'a string'],
  ['"a":1 2', 1, 7, '2', "',' or the end of the document"],
  ['"a":1,2', 1, 7, '2', 'a string'],
  ['"a\nb"', 1, 3, '\\u{a}', "'\"'"],
  ['"a', 1, 3, '', "'\"'"],
  ['"\\x"', 1, 2, '\\x', 'an escape of JSON'],
  ['"\\u12g4"', 1, 2, '\\u12g4', 'an escape of JSON'],
  ['"\\', 1, 2, '\\', 'an escape of JSON'],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(refusal(() => read(text))).toMatchObject({ dialect: 'oci', line, column, found, expected })
})

test('a hundred levels are read, one more is not', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  expect(read(nested(100)).kind).toBe('array')
  expect(refusal(() => read(nested(101)))).toMatchObject({ column: 101, expected: 'at most 100 levels of nesting' })
  expect(refusal(() => read('{"a":'.repeat(1000))).expected).toBe('at most 100 levels of nesting')
})

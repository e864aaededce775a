import { describe, expect, test } from 'vitest'
import { readJson } from '../../../lib/syntax/json.ts'
import { edited, setMembers } from '../../../lib/syntax/json-edit.ts'

function set(document: string, values: Readonly<Record<string, unknown>>): string {
  const root = readJson('docker', document)
  if (root.kind !== 'object') throw new Error('no object')
  return edited(document, setMembers(document, root, values))
}

test('changes are made in the order of their places, and the rest stays', () => {
  const changes = [
    { start: 4, end: 5, text: 'E' },
    { start: 1, end: 2, text: '' },
    { start: 2, end: 2, text: '+' },
  ]
  expect(edited('abcdef', changes)).toBe('a+cdEf')
  expect(edited('abc', [])).toBe('abc')
})

describe('a member gets a value', () => {
  test.each([
    ['{"a":1,"b":2}', { a: [5] }, '{"a":[5],"b":2}'],
    ['{"a":1}', { b: 'x' }, '{"a":1, "b": "x"}'],
    ['{}', { b: 1, c: 2 }, '{"b": 1, "c": 2}'],
    ['{ }', { b: 1 }, '{"b": 1 }'],
    ['{\n  "a": 1\n}\n', { b: { c: 1 } }, '{\n  "a": 1,\n  "b": {\n    "c": 1\n  }\n}\n'],
    ['{\n\t"a": {\n\t\t"x": 1\n\t}\n}', { a: [1], b: 2 }, '{\n\t"a": [\n\t\t1\n\t],\n\t"b": 2\n}'],
    ['{\n    "a": 1, "z": 1\n}', { b: 2 }, '{\n    "a": 1, "z": 1, "b": 2\n}'],
    ['{"a":\n{"x":1}}', { b: [1] }, '{"a":\n{"x":1}, "b": [1]}'],
    ['{\n"a": 1\n}', { b: [1] }, '{\n"a": 1,\n"b": [\n  1\n]\n}'],
    ['"a": 1', { b: 2 }, '"a": 1, "b": 2'],
  ])('%j and %j', (document, values, expected) => {
    expect(set(document, values)).toBe(expected)
  })
})

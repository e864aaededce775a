import { describe, expect, test } from 'vitest'
import { faultSentence, IdMapSyntaxError } from '../../../lib/syntax/error.ts'
import { parseExceptions } from '../../../lib/syntax/registry.ts'
import { decimal, extentOf, fail, linesOf, readEach, skip, splitPiece, wordsOf } from '../../../lib/syntax/scan.ts'
import { refusal } from './refusal.ts'

const LINE = { text: '  a:b  c\t', line: 3, column: 5 }

describe('a piece remembers where it stood', () => {
  test('as a line, without its end', () => {
    expect(linesOf('a\r\n\nb\rc')).toEqual([
      { text: 'a', line: 1, column: 1 },
      { text: '', line: 2, column: 1 },
      { text: 'b\rc', line: 3, column: 1 },
    ])
  })

  test('between separators, also when it is empty', () => {
    expect(splitPiece({ text: ':a::', line: 1, column: 4 }, ':').map(({ text, column }) => [text, column])).toEqual([
      ['', 4],
      ['a', 5],
      ['', 7],
      ['', 8],
    ])
  })

  test('as a word, or as a part of another', () => {
    expect(wordsOf(LINE).map(({ text, line, column }) => [text, line, column])).toEqual([
      ['a:b', 3, 7],
      ['c', 3, 12],
    ])
    expect(skip(LINE, 2, 3)).toEqual({ text: 'a:b', line: 3, column: 7 })
    expect(skip(LINE, 7)).toEqual({ text: 'c\t', line: 3, column: 12 })
  })
})

describe('numbers', () => {
  test.each(['0', '9', '10', '4294967295', '9999999999'])('%s is one', text => {
    expect(decimal('lxc', { ...LINE, text }, 'an id')).toBe(Number(text))
  })

  test.each(['', '00', '01', '-1', '+1', '1.0', '1e3', '0x1', '12345678901', '١', '1 ', ' 1', '1\n'])(
    '%j is none',
    text => {
      expect(refusal(() => decimal('lxc', { ...LINE, text }, 'an id'))).toMatchObject({
        line: 3,
        column: 5,
        dialect: 'lxc',
      })
    },
  )

  test('that are missing are told at the end of what they were cut from', () => {
    expect(refusal(() => extentOf('lxc', LINE, [], ['an id', 'another']))).toMatchObject({
      line: 3,
      column: 14,
      found: '',
    })
  })
})

describe('reading each part', () => {
  test('goes on after a fault', () => {
    const { entries, faults } = readEach(['1', 'x', '3', 'y'], text =>
      text < 'a' ? [text] : fail('lxc', { text, line: 1, column: 1 }, 'a digit'),
    )
    expect(entries).toEqual(['1', '3'])
    expect(faults.map(faultSentence)).toEqual([
      "lxc map, line 1, column 1: expected a digit, found 'x'",
      "lxc map, line 1, column 1: expected a digit, found 'y'",
    ])
  })

  test('lets an error of another kind through', () => {
    const defect = new TypeError('a defect')
    const broken = () => {
      throw defect
    }
    expect(() => readEach(['1'], broken)).toThrow(defect)
  })

  test('leaves the stack traces of other errors as they were', () => {
    const { stackTraceLimit } = Error
    try {
      Error.stackTraceLimit = 7
      expect(() => fail('lxc', LINE, 'a digit')).toThrow(IdMapSyntaxError)
      expect(Error.stackTraceLimit).toBe(7)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  })
})

test('of many faults ten are told, and how many more there are', () => {
  const error = refusal(() => parseExceptions('proxmox', 'x;'.repeat(12)))
  expect(error).toBeInstanceOf(IdMapSyntaxError)
  expect(error.faults).toHaveLength(12)
  expect(error.message.split('\n')).toHaveLength(11)
  expect(error.message).toMatch(/\n… 2 more$/)
  expect(refusal(() => parseExceptions('proxmox', 'x;'.repeat(10))).message).not.toMatch(/more/)
})

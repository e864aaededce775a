import { describe, expect, test } from 'vitest'
import { endOf, settingsOf, shellWords, unquoted } from '../../../lib/syntax/command-line.ts'

const words = (text: string) => shellWords(text).map(({ line, column, text }) => `${line}:${column} ${text}`)

describe('words', () => {
  test.each([
    ['a  b\tc', ['1:1 a', '1:4 b', '1:6 c']],
    [`'a b' "c 'd"`, ['1:2 a b', "1:8 c 'd"]],
    ['--x="a b"', ['1:1 --x="a b"']],
    ['a \\\n  b', ['1:1 a', '2:3 b']],
    ['# a b\n \t# c\nd #e', ['3:1 d', '3:3 #e']],
    ["'a b\nc", ["1:1 'a b", '2:1 c']],
    ["'", ["1:1 '"]],
    ['""', ['1:2 ']],
    ["'a'b'c d'", ["1:2 a'b'c d"]],
    ['', []],
  ])('%j', (text, expected) => {
    expect(words(text)).toEqual(expected)
  })
})

describe('settings', () => {
  const NAMES = new Map([
    ['--user', 'u'],
    ['UserMap', 'm'],
    ['-U', 's'],
  ])
  const settings = (text: string) => {
    const { options, misspelt, bare } = settingsOf(shellWords(text), NAMES)
    const texts = (pieces: readonly { text: string }[]) => pieces.map(({ text }) => text)
    return {
      options: options.map(
        ({ meaning, name, value }) => `${meaning} ${name.text} ${value.line}:${value.column} ${value.text}`,
      ),
      misspelt: texts(misspelt),
      bare: texts(bare),
    }
  }

  test.each([
    ['--user=5 x', ['u --user 1:8 5']],
    ['--user 5', ['u --user 1:8 5']],
    ["--user='5 6'", ['u --user 1:9 5 6']],
    ['UserMap=a=b', ['m UserMap 1:9 a=b']],
    ['UserMap = "a"', ['m UserMap 1:12 a']],
    ['UserMap ="a"', ['m UserMap 1:11 a']],
    ['UserMap= a', ['m UserMap 1:10 a']],
    ['-U 1 -U 2', ['s -U 1:4 1', 's -U 1:9 2']],
    ['x --user', ['u --user 1:9 ']],
    ['--user --user', ['u --user 1:8 --user']],
  ])('%j', (text, options) => {
    expect(settings(text)).toEqual({ options, misspelt: [], bare: [] })
  })

  test('without any option all words are bare', () => {
    expect(settings('a b=c')).toEqual({ options: [], misspelt: [], bare: ['a', 'b=c'] })
  })

  test('what is nearly the name of an option is told, unless the name is short', () => {
    expect(settings('--usr=5 -V UserMapp --users x')).toEqual({
      options: [],
      misspelt: ['--usr=5', 'UserMapp', '--users'],
      bare: [],
    })
  })
})

test('quotes are taken off in pairs only', () => {
  const at = (text: string) => unquoted({ text, line: 1, column: 1 })
  expect(at('"a"')).toEqual({ text: 'a', line: 1, column: 2 })
  expect(at(`"a'`).text).toBe(`"a'`)
  expect(at('"').text).toBe('"')
  expect(at('a"a').text).toBe('a"a')
  expect(endOf({ text: 'ab', line: 3, column: 4 })).toEqual({ text: '', line: 3, column: 6 })
})

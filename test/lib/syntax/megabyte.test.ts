import { describe, expect, test } from 'vitest'
import { IdMapError } from '../../../lib/idmap/problem.ts'
import { parseMap } from '../../../lib/syntax/dialect.ts'
import { IdMapSyntaxError } from '../../../lib/syntax/error.ts'
import { dialectNamed } from '../../../lib/syntax/registry.ts'
import { SYNTAXES } from './syntaxes.ts'

describe.each(SYNTAXES)('$dialect, $role', syntax => {
  test.each(megabytes(syntax.example.text))(
    'a megabyte of %j is answered with a map or a short typed error',
    unit => {
      const text = unit.repeat(1_000_000 / unit.length)
      let message = ''
      try {
        parseMap(syntax, text, syntax.example.context)
      } catch (error) {
        if (!(error instanceof IdMapSyntaxError || error instanceof IdMapError)) throw error
        message = error.message
      }
      expect(message.length).toBeLessThan(10_000)
      expect([true, false]).toContain(dialectNamed(syntax.dialect).recognises(text))
    },
    30_000,
  )
})

/** What a scanner that looks back or recurses stumbles over: blanks, brackets, and the pieces of its own texts. */
function megabytes(example: string): string[] {
  const words = [...new Set(example.match(/[\w.-]+[=:]?[ \t]*/g))].slice(0, 1)
  return ['9', ' ', '\n', '[', '"', '::::::::::::::::;', ...words, `${example}\n`]
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdMapError } from '../../../lib/idmap/problem.ts'
import { parseMap, type Role, type Syntax } from '../../../lib/syntax/dialect.ts'
import { IdMapSyntaxError } from '../../../lib/syntax/error.ts'
import { recognise, syntaxOf } from '../../../lib/syntax/registry.ts'
import { readSubids } from '../../../lib/syntax/subid.ts'
import { garbage } from './arbitrary.ts'
import { refusal } from './refusal.ts'
import { SYNTAXES } from './syntaxes.ts'

type Outcome = 'map' | 'syntax' | 'problem'

/** Reads the text as users would, and says what came of it; any error that is not one of ours fails the test. */
function outcome(syntax: Syntax<Role>, text: string): Outcome {
  try {
    const { uid, gid } = parseMap(syntax, text, syntax.example.context)
    expect(uid.size + gid.size).toBeGreaterThanOrEqual(0)
    return 'map'
  } catch (error) {
    if (error instanceof IdMapSyntaxError) return 'syntax'
    if (error instanceof IdMapError) return 'problem'
    throw error
  }
}

describe.each(SYNTAXES)('$dialect, $role', syntax => {
  test('any text is a map or a typed error', () => {
    const seen = new Set<Outcome>()
    fc.assert(
      fc.property(garbage, text => {
        seen.add(outcome(syntax, text))
      }),
      { numRuns: 1000 },
    )
    expect([...seen]).toContain('syntax')
  })

  test('the example with something cut out or put in is a map or a typed error, whose places are in the text', () => {
    const { text, context } = syntax.example
    const seen = new Set<Outcome>()
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(12), garbage, (start, length, inserted) => {
        const broken = text.slice(0, start) + inserted + text.slice(start + length)
        seen.add(outcome(syntax, broken))
        const lines = broken.split('\n')
        for (const fault of syntax.read(broken, context).faults) {
          expect(fault.expected).not.toBe('')
          expect(lines.length).toBeGreaterThanOrEqual(fault.line)
          expect((lines[fault.line - 1] ?? '').length + 1).toBeGreaterThanOrEqual(fault.column)
        }
      }),
      { numRuns: 1000 },
    )
    expect(seen).toContain('map')
    expect(seen).toContain('syntax')
  })
})

test('any text is recognised as one of the dialects, or as none', () => {
  fc.assert(
    fc.property(garbage, fc.constantFrom<Role>('container', 'mount', 'exceptions'), (text, role) => {
      expect(recognise(text, role)?.role ?? role).toBe(role)
    }),
  )
})

test('any text is lines of subordinate ids, or faults', () => {
  fc.assert(
    fc.property(garbage, text => {
      const { lines, faults } = readSubids(text)
      expect(lines.length + faults.length).toBeLessThanOrEqual(text.split('\n').length)
    }),
    { numRuns: 1000 },
  )
})

test('what was found is shown short, without characters a terminal would obey', () => {
  const read = (text: string) => () => parseMap(syntaxOf('proxmox', 'exceptions'), text)
  const error = refusal(read(`\u001b[2J\u202e\u2028\ud800${'x'.repeat(1000)}`))
  expect(error.found).toBe(`\\u{1b}[2J\\u{202e}\\u{2028}\\u{d800}${'x'.repeat(33)}…`)
  expect(error.message).toBe(`proxmox map, line 1, column 1: expected 'u' or 'g', found '${error.found}'`)
  expect(refusal(read('x'.repeat(40))).found).toBe('x'.repeat(40))
  expect(refusal(read('u')).message).toMatch(/found nothing more$/)
})

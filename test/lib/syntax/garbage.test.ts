import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdMapError } from '../../../lib/idmap/problem.ts'
import { IdMapSyntaxError } from '../../../lib/syntax/error.ts'
import { parseKernelMap } from '../../../lib/syntax/kernel.ts'
import { parseLxcIdmap } from '../../../lib/syntax/lxc.ts'
import { parseProxmoxIdmap } from '../../../lib/syntax/proxmox.ts'
import { garbage } from './arbitrary.ts'
import { refusal } from './refusal.ts'

const READERS = [
  ['kernel', (text: string) => [parseKernelMap(text)]],
  ['lxc', (text: string) => Object.values(parseLxcIdmap(text))],
  ['proxmox', (text: string) => Object.values(parseProxmoxIdmap(text))],
] as const

const MEGABYTES = ['9', ' ', ';', '#', ':', '\n', '\r', 'u', 'lxc.idmap', 'u 0 0 1\n', 'u:0:0:1;', '0 0 1\n', '\ud800']

describe.each(READERS)('%s', (_, read) => {
  test('any text is a map or a typed error', () => {
    const seen = { maps: 0, syntax: 0, problems: 0 }
    fc.assert(
      fc.property(garbage, text => {
        try {
          for (const map of read(text)) expect(map.size).toBeGreaterThanOrEqual(0)
          seen.maps++
        } catch (error) {
          if (error instanceof IdMapSyntaxError) seen.syntax++
          else if (error instanceof IdMapError) seen.problems++
          else throw error
        }
      }),
      { numRuns: 3000 },
    )
    expect(Math.min(seen.maps, seen.syntax, seen.problems)).toBeGreaterThan(0)
  })

  test.each(MEGABYTES)(
    'a megabyte of %j is answered with a map or a short typed error',
    unit => {
      let message = ''
      try {
        read(unit.repeat(1_000_000 / unit.length))
      } catch (error) {
        if (!(error instanceof IdMapSyntaxError || error instanceof IdMapError)) throw error
        message = error.message
      }
      expect(message.length).toBeLessThan(5000)
    },
    5000,
  )
})

test('what was found is shown short, without characters a terminal would obey', () => {
  const error = refusal(() => parseProxmoxIdmap(`\u001b[2J\u202e\u2028\ud800${'x'.repeat(1000)}`))
  expect(error.found).toBe(`\\u{1b}[2J\\u{202e}\\u{2028}\\u{d800}${'x'.repeat(33)}…`)
  expect(error.message).toBe(`proxmox map, line 1, column 1: expected 'u' or 'g', found '${error.found}'`)
  expect(refusal(() => parseProxmoxIdmap('x'.repeat(40))).found).toBe('x'.repeat(40))
  expect(refusal(() => parseProxmoxIdmap('u')).message).toMatch(/found nothing more$/)
})

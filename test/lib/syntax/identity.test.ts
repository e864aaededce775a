import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MapOf, parseMap, type Role } from '../../../lib/syntax/dialect.ts'
import { IdMapInexpressibleError } from '../../../lib/syntax/error.ts'
import { pairs } from './arbitrary.ts'
import { SYNTAXES } from './syntaxes.ts'

describe.each(SYNTAXES)('$dialect, $role', syntax => {
  const { text, context } = syntax.example
  const own = parseMap(syntax, text, context)

  test('reading what was written gives the same maps, for every map it does not refuse', () => {
    fc.assert(
      fc.property(anyMap(own), map => {
        const written = unlessRefused(() => syntax.format(map, context))
        if (written !== undefined) expectSame(parseMap(syntax, written, context), map)
      }),
    )
  })

  test('the map of the example can be written, and reads the same', () => {
    expectSame(parseMap(syntax, syntax.format(own, context), context), own)
  })
})

const DOCUMENTS = SYNTAXES.flatMap(({ rewrite, ...syntax }) => (rewrite ? [{ ...syntax, rewrite }] : []))

describe.each(DOCUMENTS)('a document of $dialect, $role', syntax => {
  const { text, context } = syntax.example
  const own = parseMap(syntax, text, context)

  test('stays byte for byte when it says the map already', () => {
    expect(syntax.rewrite(text, own, context)).toBe(text)
  })

  test('says the new map once it is rewritten, and then stays as it is', () => {
    fc.assert(
      fc.property(anyMap(own), map => {
        const document = unlessRefused(() => syntax.rewrite(text, map, context))
        if (document === undefined) return
        expectSame(parseMap(syntax, document, context), map)
        expect(syntax.rewrite(document, map, context)).toBe(document)
      }),
    )
  })
})

/** Random maps, and such as differ little from the example. */
function anyMap(own: MapOf<Role>): fc.Arbitrary<MapOf<Role>> {
  const range = fc.record({ from: fc.constantFrom(0, 1000, 1005, 65_535), count: fc.integer({ min: 1, max: 70_000 }) })
  const parts = range.map(range => ({ uid: own.uid.without([range]), gid: own.gid.without([range]) }) as MapOf<Role>)
  const halves = pairs().map(({ uid }) => ({ uid, gid: uid }) as unknown as MapOf<Role>)
  return fc.oneof(pairs() as unknown as fc.Arbitrary<MapOf<Role>>, halves, parts, fc.constant(own))
}

function unlessRefused<Result>(write: () => Result): Result | undefined {
  try {
    return write()
  } catch (error) {
    if (error instanceof IdMapInexpressibleError && error.reason !== '') return undefined
    throw error
  }
}

function expectSame(read: MapOf<Role>, map: MapOf<Role>): void {
  expect(`u ${read.uid} g ${read.gid}`).toBe(`u ${map.uid} g ${map.gid}`)
}

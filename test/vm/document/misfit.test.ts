import * as v from 'valibot'
import { expect, test } from 'vitest'
import { byName } from '../../../vm/document/by-name.ts'
import { readJsonDocument } from '../../../vm/document/read-json.ts'

const form = v.object({
  kernels: byName(
    v.array(
      v.object({
        bytes: v.pipe(
          v.number(),
          v.check(bytes => Number.isInteger(bytes), 'whole bytes'),
        ),
      }),
    ),
  ),
  outcome: v.optional(v.picklist(['PASS', 'FAIL'])),
  known: v.optional(v.boolean()),
})
const read = (document: unknown) => readJsonDocument(JSON.stringify(document), form)

test.each<[unknown, string]>([
  [7, 'expected an object, found 7'],
  [[], 'expected an object, found an empty list'],
  [{}, '"kernels" is missing'],
  [{ kernels: { '6.12': [{}] } }, 'at kernels["6.12"][0]: "bytes" is missing'],
  [{ kernels: { a: [{ bytes: 1.5 }] } }, 'at kernels.a[0].bytes: expected whole bytes, found 1.5'],
  [{ kernels: { a: { bytes: 1 } } }, 'at kernels.a: expected a list, found an object'],
  [{ kernels: {}, outcome: 'pass' }, 'at outcome: expected one of "PASS", "FAIL", found "pass"'],
  [{ kernels: {}, known: null }, 'at known: expected true or false, found null'],
  [{ kernels: {}, known: 'x'.repeat(100) }, `at known: expected true or false, found "${'x'.repeat(59)}…`],
])('of %j it is said where it is wrong, what was expected and what was found', (document, wrong) => {
  expect(read(document)).toEqual({ wrong })
})

test.each([
  ['', 'it is empty'],
  ['{"kernels": {},\n}', "it is no JSON: line 2, column 1: expected a string, found '}'"],
  ['{"kernels": {', 'it is no JSON: line 1, column 14: expected a string, found the end'],
])('of %j it is said where it stops being JSON', (text, wrong) => {
  expect(readJsonDocument(text, form)).toEqual({ wrong })
})

test.each(['constructor', 'prototype', '__proto__', 'toString'])('a member called %s is one like others', name => {
  const json = `{"kernels": {"${name}": [{"bytes": 1}], "b": []}}`
  const found = readJsonDocument(json, form)
  expect('document' in found && Object.entries(found.document.kernels)).toEqual([
    [name, [{ bytes: 1 }]],
    ['b', []],
  ])
})

test('every text is changed before it is looked at', () => {
  const found = readJsonDocument('{"kernels": {}, "outcome": "pass"}', form, { text: said => said.toUpperCase() })
  expect(found).toEqual({ document: { kernels: {}, outcome: 'PASS' } })
})

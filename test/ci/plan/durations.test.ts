import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { dir as temporaryDirectory } from 'tmp-promise'
import { expect, test } from 'vitest'
import { expectedSeconds, parseDurations, readDurations, renderDurations, updated } from '../../../ci/plan/durations.ts'
import { UsageError } from '../../../ci/usage-error.ts'

const known = { '6.1': { a: 2, b: 10 }, '6.12': { a: 4 } }

test.each([
  ['as last time', 'a', '6.12', 4],
  ['as on the other kernels, on one it was never told on', 'a', '7.3', 3],
  ['as on the other kernels, when only others are known of this one', 'b', '6.12', 10],
  ['as the average case, if it was never told', 'c', '6.12', 16 / 3],
])('a case is expected to take %s', (_, scenario, kernel, seconds) => {
  expect(expectedSeconds(known)({ scenario, kernel })).toBe(seconds)
})

test('when nothing is known all cases are alike', () => {
  expect(expectedSeconds({})({ scenario: 'a', kernel: '6.12' })).toBe(1)
})

test('a kernel or scenario that is called like a part of every object is one like others', () => {
  expect(expectedSeconds({ '6.1': { a: 2 } })({ scenario: 'constructor', kernel: 'toString' })).toBe(2)
})

/** Valibot leaves them out of what it reads; no scenario and no kernel is called so. */
const NEVER_KEYS = ['__proto__', 'constructor', 'prototype']

test('what is written can be read, in tenths of a second', () => {
  const name = fc.stringMatching(/^[\w./-]{1,20}$/).filter(text => !NEVER_KEYS.includes(text))
  const tenths = fc.integer({ min: 0, max: 10_000 }).map(number => number / 10)
  fc.assert(
    fc.property(fc.dictionary(name, fc.dictionary(name, tenths)), durations => {
      expect(parseDurations(renderDurations(durations))).toEqual(durations)
    }),
  )
})

test.each(['constructor', 'prototype', 'toString', 'hasOwnProperty'])('what is called %s is kept', name => {
  const durations = { [name]: { [name]: 1.5, a: 2 }, '6.1': { [name]: 3 } }
  expect(parseDurations(renderDurations(durations))).toEqual(durations)
})

test('the same durations are the same text, whatever their order', () => {
  expect(renderDurations({ b: { y: 1, x: 2.04 }, a: {} })).toBe(renderDurations({ a: {}, b: { x: 2, y: 1 } }))
})

test('a new time replaces that of its case and no other', () => {
  const told = [{ case: { scenario: 'a', kernel: '6.1', fs: 'ext4' }, seconds: 7 }]
  expect(updated(known, told)).toEqual({ '6.1': { a: 7, b: 10 }, '6.12': { a: 4 } })
})

test('a file that holds no durations is the user’s to mend', async () => {
  const place = await temporaryDirectory({ unsafeCleanup: true })
  const file = path.join(place.path, 'durations.json')
  await expect(readDurations(file)).rejects.toThrow(UsageError)
  await expect(readDurations(file)).rejects.toThrow(/there is no such file/)
  await expect(readDurations(place.path)).rejects.toThrow(/it is no small regular file/)
  for (const text of [
    '',
    '[]',
    '{"format":2,"seconds":{}}',
    '{"format":1,"seconds":{"6.1":{"a":-1}}}',
    '{"format":1,"seconds":{"6.1":{"a":"1"}}}',
  ]) {
    fs.writeFileSync(file, text)
    await expect(readDurations(file)).rejects.toThrow(/--durations .* cannot be read: it is not of the form/)
  }
  await place.cleanup()
})

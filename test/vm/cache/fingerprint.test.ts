import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fingerprint, fingerprintFile } from '../../../vm/cache/fingerprint.ts'
import { scratchDirectory } from './scratch.ts'

test('parts do not run into each other', () => {
  expect(fingerprint('ab', 'c')).not.toBe(fingerprint('a', 'bc'))
  expect(fingerprint('a', '')).not.toBe(fingerprint('a'))
  expect(fingerprint('1:a')).not.toBe(fingerprint('a'))
})

test('text and its bytes are the same part, and the result is 16 hex digits', () => {
  expect(fingerprint('ü')).toBe(fingerprint(Buffer.from('ü')))
  expect(fingerprint('ü')).toMatch(/^[0-9a-f]{16}$/)
})

test('a file is known by its content', async () => {
  const dir = await scratchDirectory()
  for (const [name, text] of [
    ['a', 'same'],
    ['b', 'same'],
    ['c', 'other'],
  ] as const)
    await writeFile(join(dir, name), text)
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(name => fingerprintFile(join(dir, name))))
  expect(a).toBe(b)
  expect(a).not.toBe(c)
})

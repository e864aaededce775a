import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArgumentError } from '../../../lib/kernel/argument-error.ts'
import { Scratch } from '../../../lib/kernel/scratch.ts'

const ADDRESS = 0x7f0000000000n

function scratchOf(bytes: number): { readonly memory: Buffer; readonly scratch: Scratch } {
  const memory = Buffer.alloc(bytes, 0xaa)
  return { memory, scratch: new Scratch({ address: ADDRESS, bytes: memory }, 0, bytes) }
}

// Code units, so that surrogates come alone too; ASCII first, so that the quick way is left in the middle.
const text = fc
  .tuple(fc.string(), fc.array(fc.integer({ min: 1, max: 0xffff })))
  .map(([ascii, units]) => ascii.replaceAll('\0', '') + String.fromCharCode(...units))

test('texts lie one behind the other as UTF-8 with a zero at the end, half a surrogate pair as Node writes it', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), texts => {
      const { memory, scratch } = scratchOf(64 * 1024)
      const places = texts.map(each => Number(scratch.string(each) - ADDRESS))
      const laid = texts.map((each, i) => memory.subarray(places[i], (places[i] ?? 0) + Buffer.byteLength(each) + 1))
      expect(laid).toEqual(texts.map(each => Buffer.from(`${each}\0`)))
    }),
  )
})

test.each(['\0', 'a\0', '\0a', 'snow\0fall', 'é\0', '\ud800\0'])('a text with a NUL in it, %j, is refused', odd => {
  expect(() => scratchOf(64).scratch.string(odd)).toThrow(ArgumentError)
})

test('what is reserved is zero, whatever was there before, and nothing beside it is touched', () => {
  const { memory, scratch } = scratchOf(64)
  scratch.string('seven')
  const { address, bytes } = scratch.reserve(16)
  expect(address).toBe(ADDRESS + 8n)
  expect(bytes).toEqual(Buffer.alloc(16))
  expect(memory.subarray(24)).toEqual(Buffer.alloc(40, 0xaa))
})

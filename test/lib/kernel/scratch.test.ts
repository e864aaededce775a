import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArgumentError } from '../../../lib/kernel/argument-error.ts'
import { KeptTexts } from '../../../lib/kernel/kept-texts.ts'
import { Scratch } from '../../../lib/kernel/scratch.ts'

const ADDRESS = 0x7f0000000000n

/** With so much room beside the texts that are kept. */
function scratchOf(room: number): { readonly memory: Buffer; readonly scratch: Scratch } {
  const bytes = Buffer.alloc(room + KeptTexts.bytes, 0xaa)
  return { memory: bytes.subarray(0, room), scratch: new Scratch({ address: ADDRESS, bytes }, 0, bytes.length) }
}

function reader(scratch: Scratch, memory: Buffer): (text: string) => Buffer {
  const all = Buffer.from(memory.buffer, memory.byteOffset, memory.length + KeptTexts.bytes)
  return text => {
    const at = Number(scratch.string(text) - ADDRESS)
    return all.subarray(at, at + Buffer.byteLength(text) + 1)
  }
}

// Code units, so that surrogates come alone too; ASCII first, so that the quick way is left in the middle.
const text = fc
  .tuple(fc.string(), fc.array(fc.integer({ min: 1, max: 0xffff })))
  .map(([ascii, units]) => ascii.replaceAll('\0', '') + String.fromCharCode(...units))

const terminated = (each: string) => Buffer.from(`${each}\0`)

test('texts of a call lie there side by side as UTF-8 with a zero at the end, half a surrogate pair as Node writes it', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), texts => {
      const { memory, scratch } = scratchOf(64 * 1024)
      expect(texts.map(reader(scratch, memory))).toEqual(texts.map(terminated))
    }),
  )
})

test('what is laid out in call after call is what was given, however often and with whatever between', () => {
  const few = fc.array(
    fc.array(fc.constantFrom('', '/a', '/b', '/é', ...'cdefghijkl', 'm'.repeat(300)), { maxLength: 12 }),
  )
  fc.assert(
    fc.property(few, calls => {
      const { memory, scratch } = scratchOf(64 * 1024)
      const read = reader(scratch, memory)
      for (const texts of calls) {
        expect(texts.map(read)).toEqual(texts.map(terminated))
        scratch.reset()
      }
    }),
  )
})

test('a text of the call before is still there; one that was refused half-way has harmed none', () => {
  const { memory, scratch } = scratchOf(64)
  const read = reader(scratch, memory)
  const before = scratch.string('/srv/shared')
  scratch.reset()
  expect(scratch.string('/srv/shared')).toBe(before)
  for (let i = 0; i < 20; i++) {
    expect(() => scratch.string(`/srv${i}\0`)).toThrow(ArgumentError)
    scratch.reset()
    expect(read('/srv/shared')).toEqual(terminated('/srv/shared'))
    scratch.reset()
  }
})

test.each(['\0', 'a\0', '\0a', 'snow\0fall', 'é\0', '\ud800\0'])('a text with a NUL in it, %j, is refused', odd => {
  expect(() => scratchOf(64).scratch.string(odd)).toThrow(ArgumentError)
})

test('what is reserved is zero, whatever was there before, and nothing beside it is touched', () => {
  const { memory, scratch } = scratchOf(64)
  scratch.copy(Buffer.from('seven'))
  const { address, bytes } = scratch.reserve(16)
  expect(address).toBe(ADDRESS + 8n)
  expect(bytes).toEqual(Buffer.alloc(16))
  expect(memory.subarray(24)).toEqual(Buffer.alloc(40, 0xaa))
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeptTexts } from '../../../lib/kernel/kept-texts.ts'
import { Scratch } from '../../../lib/kernel/scratch.ts'
import { type ControlMessage, layMessage } from '../../../lib/kernel/unix-message.ts'

const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2

/** A caller's memory that no kernel looks at: what is laid out in it, and a reader of 8 bytes at an address. */
function laid(control: Parameters<typeof layMessage>[1]) {
  const start = 0x7000n
  const bytes = Buffer.alloc(4096 + KeptTexts.bytes, 0xaa)
  const message = layMessage(new Scratch({ address: start, bytes }, 0, bytes.length), control)
  const word = (address: bigint) => bytes.readBigUInt64LE(Number(address - start))
  const part = (address: bigint, length: number) => bytes.subarray(Number(address - start)).subarray(0, length)
  return { message, word, part }
}

// struct msghdr and cmsghdr of x86-64: include/linux/socket.h.
test('a message is one byte, named by an address, a length and the control messages beside it', () => {
  const { message, word, part } = laid([
    { type: SCM_CREDENTIALS, data: Buffer.from('0102030405060708090a0b0c', 'hex') },
    { type: SCM_RIGHTS, data: Buffer.from('05000000', 'hex') },
  ])
  const [name, nameLength, vectors, vectorCount, control, controlLength, flags] = [0n, 8n, 16n, 24n, 32n, 40n, 48n].map(
    at => word(message.address + at),
  )
  expect({ name, nameLength, vectorCount, controlLength, flags }).toEqual({
    name: 0n,
    nameLength: 0n,
    vectorCount: 1n,
    controlLength: 56n,
    flags: 0n,
  })
  expect([word(word(vectors ?? 0n)) & 0xffn, word((vectors ?? 0n) + 8n)]).toEqual([0n, 1n])
  expect(
    part(control ?? 0n, 56)
      .toString('hex')
      .match(/.{16}/g),
  ).toEqual([
    ...['1c00000000000000', '0100000002000000', '0102030405060708', '090a0b0c00000000'],
    ...['1400000000000000', '0100000001000000', '0500000000000000'],
  ])
})

test('without control messages there is no address of any', () => {
  const { message, word } = laid([])
  expect([word(message.address + 32n), word(message.address + 40n), message.received()]).toEqual([0n, 0n, []])
})

test('room is zeroed, and empty until the kernel wrote into it', () => {
  const { message, word, part } = laid({ room: 64 })
  expect(word(message.address + 40n)).toBe(64n)
  expect(part(word(message.address + 32n), 64).every(byte => byte === 0)).toBe(true)
  expect(message.received()).toEqual([])
})

test('only what the kernel says it wrote is read', () => {
  const { message, part } = laid([
    { type: SCM_RIGHTS, data: Buffer.from('05000000', 'hex') },
    { type: SCM_CREDENTIALS, data: Buffer.alloc(12) },
  ])
  part(message.address + 40n, 8).writeBigUInt64LE(24n)
  expect(message.received()).toEqual([{ type: SCM_RIGHTS, data: Buffer.from('05000000', 'hex') }])
})

test('control messages of any length come back as they were laid', () => {
  const data = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))
  const messages = fc.array(fc.record({ type: fc.integer({ min: 0, max: 2 ** 31 - 1 }), data }), { maxLength: 20 })
  fc.assert(
    fc.property(messages, (sent: readonly ControlMessage[]) => {
      expect(laid(sent).message.received()).toEqual(sent)
    }),
  )
})

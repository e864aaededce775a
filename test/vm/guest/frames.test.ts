import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame, FrameError, FrameReader, LONGEST_FRAME } from '../../../vm/guest/frames.ts'

/** `bytes` cut at these places, which may repeat: a piece may be empty. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map(place => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end))
}

function header(length: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  return bytes
}

test('any messages, cut into any pieces, come back the same and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.json(), { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 20 }), (texts, places) => {
      const messages: unknown[] = texts.map(text => JSON.parse(text))
      const reader = new FrameReader()
      const pieces = cutAt(Buffer.concat(messages.map(encodeFrame)), places)
      expect(pieces.flatMap(piece => reader.push(piece))).toEqual(messages)
    }),
  )
})

test('a message that comes byte by byte is given out with its last byte and not before', () => {
  const reader = new FrameReader()
  const bytes = [...encodeFrame({ path: '/srv/ä€😀' })].map(byte => Buffer.from([byte]))
  const given = bytes.map(byte => reader.push(byte))
  expect(given.slice(0, -1).flat()).toEqual([])
  expect(given.at(-1)).toEqual([{ path: '/srv/ä€😀' }])
})

test('a thousand messages in one chunk are a thousand messages', () => {
  const messages = Array.from({ length: 1000 }, (_, id) => ({ id }))
  expect(new FrameReader().push(Buffer.concat(messages.map(encodeFrame)))).toEqual(messages)
})

test('a frame is the length of its JSON in bytes, big-endian, then the JSON', () => {
  expect(encodeFrame('€')).toEqual(Buffer.from([0, 0, 0, 5, 0x22, 0xe2, 0x82, 0xac, 0x22]))
})

test('a length over the limit is refused as soon as it is read, without waiting for the message', () => {
  expect(() => new FrameReader().push(header(LONGEST_FRAME + 1))).toThrow(FrameError)
  expect(() => new FrameReader().push(header(0xffffffff))).toThrow(
    'a message claims to be 4294967295 bytes long, the limit is 8388608',
  )
  expect(new FrameReader().push(header(LONGEST_FRAME))).toEqual([])
})

test('a length over the limit is noticed behind a good message too', () => {
  expect(() => new FrameReader().push(Buffer.concat([encodeFrame(1), header(LONGEST_FRAME + 1)]))).toThrow(FrameError)
})

test('the longest message there may be passes, a longer one is not sent', () => {
  const longest = 'x'.repeat(LONGEST_FRAME - 2)
  expect(new FrameReader().push(encodeFrame(longest))).toEqual([longest])
  expect(() => encodeFrame(`${longest}x`)).toThrow(FrameError)
})

test.each(['', '{', 'undefined', '{"kind":"reply"}}', '\u0000'])(
  'a body of %j, which is not JSON, is refused',
  body => {
    const bytes = Buffer.from(body)
    expect(() => new FrameReader().push(Buffer.concat([header(bytes.length), bytes]))).toThrow(FrameError)
  },
)

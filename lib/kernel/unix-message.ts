import type { Scratch } from './scratch.ts'

/** A control message of cmsg(3): what is sent beside the bytes. */
export type ControlMessage = { readonly type: number; readonly data: Uint8Array }

const SOL_SOCKET = 1
/** `struct msghdr` of x86-64: name, its length, iovec, their number, control, its length, flags. */
const Msghdr = { bytes: 56, vectors: 16, vectorCount: 24, control: 32, controlLength: 40 } as const
/** `struct cmsghdr`: length with this head, level, type; the next one begins at a multiple of 8. */
const HEAD = 16

/** A message laid out in the memory of a caller. */
export type Message = {
  readonly address: bigint
  /** The control messages that came, once recvmsg(2) filled it. */
  readonly received: () => readonly ControlMessage[]
}

/** A message of one byte, with these control messages or with room for them. */
export function layMessage(scratch: Scratch, control: readonly ControlMessage[] | { readonly room: number }): Message {
  const bytes = 'room' in control ? Buffer.alloc(control.room) : packed(control)
  const [header, vector, data] = [scratch.reserve(Msghdr.bytes), scratch.reserve(16), scratch.reserve(1)]
  const beside = scratch.reserve(Math.max(bytes.length, 1))
  beside.bytes.set(bytes)
  vector.bytes.writeBigUInt64LE(data.address, 0)
  vector.bytes.writeBigUInt64LE(1n, 8)
  header.bytes.writeBigUInt64LE(vector.address, Msghdr.vectors)
  header.bytes.writeBigUInt64LE(1n, Msghdr.vectorCount)
  if (bytes.length > 0) header.bytes.writeBigUInt64LE(beside.address, Msghdr.control)
  header.bytes.writeBigUInt64LE(BigInt(bytes.length), Msghdr.controlLength)
  const filled = () => Number(header.bytes.readBigUInt64LE(Msghdr.controlLength))
  return { address: header.address, received: () => unpacked(beside.bytes.subarray(0, filled())) }
}

function packed(messages: readonly ControlMessage[]): Buffer {
  return Buffer.concat(
    messages.map(({ type, data }) => {
      const bytes = Buffer.alloc(aligned(HEAD + data.length))
      bytes.writeBigUInt64LE(BigInt(HEAD + data.length), 0)
      bytes.writeInt32LE(SOL_SOCKET, 8)
      bytes.writeInt32LE(type, 12)
      bytes.set(data, HEAD)
      return bytes
    }),
  )
}

function unpacked(bytes: Buffer): ControlMessage[] {
  const messages: ControlMessage[] = []
  for (let at = 0; at + HEAD <= bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at))
    if (length < HEAD) break
    messages.push({ type: bytes.readInt32LE(at + 12), data: Buffer.from(bytes.subarray(at + HEAD, at + length)) })
    at += aligned(length)
  }
  return messages
}

function aligned(length: number): number {
  return (length + 7) & ~7
}

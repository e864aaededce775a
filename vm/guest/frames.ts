/** No message of either side is longer; a longer one means that the other side is not what it says it is. */
export const LONGEST_FRAME = 8 * 1024 * 1024
const HEADER = 4

/** A message as bytes: its length (32 bits, big-endian), then JSON. */
export function encodeFrame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message))
  if (body.length > LONGEST_FRAME) throw new FrameError(`a message of ${body.length} bytes is too long to send`)
  const frame = Buffer.allocUnsafe(HEADER + body.length)
  frame.writeUInt32BE(body.length)
  body.copy(frame, HEADER)
  return frame
}

/** Cuts a stream of bytes back into messages, whatever pieces it comes in. */
export class FrameReader {
  #pending: Buffer[] = []
  #bytes = 0

  /** The messages completed by `chunk`. Throws {@link FrameError} for a length or a body that cannot be. */
  push(chunk: Buffer): unknown[] {
    this.#pending.push(chunk)
    this.#bytes += chunk.length
    const messages: unknown[] = []
    for (
      let length = this.#frameLength();
      length !== undefined && this.#bytes >= HEADER + length;
      length = this.#frameLength()
    ) {
      const [all = chunk] = this.#pending.length === 1 ? this.#pending : [Buffer.concat(this.#pending)]
      messages.push(parse(all.subarray(HEADER, HEADER + length)))
      this.#pending = [all.subarray(HEADER + length)]
      this.#bytes = all.length - HEADER - length
    }
    return messages
  }

  #frameLength(): number | undefined {
    if (this.#bytes < HEADER) return undefined
    if ((this.#pending[0]?.length ?? 0) < HEADER) this.#pending = [Buffer.concat(this.#pending)]
    const length = this.#pending[0]?.readUInt32BE() ?? 0
    if (length > LONGEST_FRAME)
      throw new FrameError(`a message claims to be ${length} bytes long, the limit is ${LONGEST_FRAME}`)
    return length
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new FrameError(`a message of ${body.length} bytes is not JSON`)
  }
}

/** The other side sent something that is no message; nothing after it can be trusted. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

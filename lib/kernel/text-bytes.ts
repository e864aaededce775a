import { ArgumentError } from './argument-error.ts'

/** UTF-8 of one UTF-16 code unit; a pair of surrogates takes four bytes for its two. */
const MOST_BYTES_A_UNIT = 3

/** At most so many bytes `writeText` takes for it. */
export function mostBytesOf(text: string): number {
  return MOST_BYTES_A_UNIT * text.length + 1
}

/** Writes a text with its terminating zero, and gives where it ends. A NUL inside would cut it short silently, so it is refused with an {@link ArgumentError}. */
export function writeText(text: string, to: Buffer, at: number): number {
  const end = at + (ascii(text, to, at) ?? utf8(text, to, at))
  to[end] = 0
  return end + 1
}

/** Writes the text and gives its length, if it is all ASCII: most paths are, and a call into Node would take longer than they do. */
function ascii(text: string, to: Buffer, at: number): number | undefined {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0 || unit > 0x7f) return undefined
    to[at + i] = unit
  }
  return text.length
}

function utf8(text: string, to: Buffer, at: number): number {
  if (text.includes('\0'))
    throw new ArgumentError(`a string for a system call has a NUL character in it: ${JSON.stringify(text)}`)
  return to.write(text, at)
}

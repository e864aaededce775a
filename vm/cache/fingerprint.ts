import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** 16 hex digits of a sha256 over the parts, each preceded by its length, so that `('ab', 'c')` and `('a', 'bc')` differ. */
export function fingerprint(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('hex').slice(0, 16)
}

/** 16 hex digits of the sha256 of a file's content. */
export async function fingerprintFile(path: string): Promise<string> {
  return (await sha256OfFile(path)).slice(0, 16)
}

/** The whole of it, 64 hex digits. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

import { createHash } from 'node:crypto'

/** A stand-in for `Math.random` that gives the same numbers for the same seed: sha256 of seed and a counter, 53 bits at a time. */
export function seededRandom(seed: Uint8Array): () => number {
  let drawn = 0
  return () => {
    drawn += 1
    const digest = createHash('sha256').update(seed).update(String(drawn)).digest()
    return Number(digest.readBigUInt64LE() >> 11n) / 2 ** 53
  }
}

/** A stand-in for `Math.random` that gives the same numbers for the same seed (of 16 bytes or more): Chris Doty-Humphrey's sfc32. Not for secrets. */
export function seededRandom(seed: Uint8Array): () => number {
  const state = new Uint32Array(new Uint8Array(seed.slice(0, 16)).buffer)
  let [a = 0, b = 0, c = 0, counter = 1] = state
  const next = (): number => {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // The first results still look like the seed.
  for (let i = 0; i < 12; i++) next()
  return () => next() / 2 ** 32
}

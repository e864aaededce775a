/** Milliseconds as a sentence has them: `0.2 s`, `3.5 s`, `180 s`. */
export function inSeconds(ms: number): string {
  const seconds = ms / 1000
  return `${seconds >= 10 ? Math.round(seconds) : Number(seconds.toPrecision(2))} s`
}

/** A word as any POSIX shell reads it, dash too: zx’s `quote` writes `$'…'`, which only larger shells understand. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

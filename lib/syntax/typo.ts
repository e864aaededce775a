/** Whether a word is another with at most one letter missing, added or changed, or two neighbours swapped. */
export function nearly(word: string, wanted: string): boolean {
  const start = sharedLength(word, wanted)
  const end = sharedLength(reversed(word.slice(start)), reversed(wanted.slice(start)))
  const left = word.slice(start, word.length - end)
  const right = wanted.slice(start, wanted.length - end)
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && left === reversed(right))
}

function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

function reversed(word: string): string {
  return [...word].reverse().join('')
}

import type { JsonObject } from './json.ts'

/** The part of a document from `start` up to `end` becomes `text`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The document with these changes, which do not meet each other; everything between them stays byte for byte. */
export function edited(document: string, edits: readonly Edit[]): string {
  let at = 0
  const parts = edits
    .toSorted((a, b) => a.start - b.start)
    .flatMap(({ start, end, text }) => {
      const before = document.slice(at, start)
      at = end
      return [before, text]
    })
  return [...parts, document.slice(at)].join('')
}

/** Gives members other values, or adds them behind the others, on lines of their own where the others have one. */
export function setMembers(document: string, object: JsonObject, values: Readonly<Record<string, unknown>>): Edit[] {
  const last = object.members.at(-1)
  const end = last ? last.value.start + last.value.text.length : object.start + 1
  const margin = last ? marginOf(document, last.key.start) : undefined
  let isFirst = !last
  return Object.entries(values).map(([name, value]) => {
    const written = object.members.find(({ key }) => key.value === name)
    if (written) {
      const { start, text } = written.value
      return { start, end: start + text.length, text: writeJson(document, written.key.start, value) }
    }
    const gap = isFirst ? '' : margin === undefined ? ', ' : `,${margin}`
    isFirst = false
    const text = `${gap}${JSON.stringify(name)}: ${writeJson(document, last?.key.start ?? end, value)}`
    return { start: end, end, text }
  })
}

/** A value as the document would have it at that place: on one line, or indented as its neighbours are. */
function writeJson(document: string, offset: number, value: unknown): string {
  const margin = marginOf(document, offset)
  if (margin === undefined) return JSON.stringify(value)
  return JSON.stringify(value, null, unitOf(document)).replaceAll('\n', margin)
}

/** The newline and the blanks before a place, if nothing else is before it on its line. */
function marginOf(document: string, offset: number): string | undefined {
  const lineStart = document.lastIndexOf('\n', offset - 1)
  if (lineStart === -1) return undefined
  const margin = document.slice(lineStart, offset)
  return /^\n[ \t]*$/.test(margin) ? margin : undefined
}

/** What one level is indented by: the blanks of the first line that has any. */
function unitOf(document: string): string {
  return /\n([ \t]+)\S/.exec(document)?.[1] ?? '  '
}

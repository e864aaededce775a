import { expect, test } from 'vitest'
import { editLines } from '../../../lib/syntax/line-edit.ts'
import { linesOf, skip } from '../../../lib/syntax/scan.ts'

/** The piece that is this text, in the first line that has it. */
function pieceOf(document: string, text: string) {
  const line = linesOf(document).find(line => line.text.includes(text))
  if (!line) throw new Error(`'${text}' is not in the document`)
  return skip(line, line.text.indexOf(text), text.length)
}

const DOCUMENT = 'one two three\n  ; four ;\r\n\nfive\n'

test('several pieces of a line change at their places', () => {
  const edits = [
    { piece: pieceOf(DOCUMENT, 'one'), text: 'eleven' },
    { piece: pieceOf(DOCUMENT, 'three'), text: '3' },
    { piece: pieceOf(DOCUMENT, 'five'), text: '55555' },
  ]
  expect(editLines(DOCUMENT, edits)).toBe('eleven two 3\n  ; four ;\r\n\n55555\n')
  expect(editLines(DOCUMENT, edits.toReversed())).toBe('eleven two 3\n  ; four ;\r\n\n55555\n')
})

test('a line of which only blanks and semicolons are left goes; a blank line that was there stays', () => {
  expect(editLines(DOCUMENT, [{ piece: pieceOf(DOCUMENT, 'four'), text: '' }])).toBe('one two three\n\nfive\n')
  expect(editLines(DOCUMENT, [{ piece: pieceOf(DOCUMENT, 'one'), text: '' }])).toBe(
    ` two three\n  ; four ;\r\n\nfive\n`,
  )
})

test('new lines come before the line named, and end as the others do', () => {
  expect(editLines('a\nb\n', [], { at: 2, lines: ['x', 'y'] })).toBe('a\nx\ny\nb\n')
  expect(editLines('a\r\nb\r\n', [], { at: 3, lines: ['x'] })).toBe('a\r\nb\r\nx\r\n')
  expect(editLines('a\nb', [], { at: 3, lines: ['x'] })).toBe('a\nb\nx\n')
  expect(editLines('a', [{ piece: pieceOf('a', 'a'), text: '' }], { at: 1, lines: ['x'] })).toBe('x')
})

test('nothing to change is nothing changed', () => {
  expect(editLines(DOCUMENT, [])).toBe(DOCUMENT)
  expect(editLines('a', [], { at: 2, lines: [] })).toBe('a')
})

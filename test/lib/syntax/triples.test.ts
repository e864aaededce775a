import { expect, test } from 'vitest'
import { triplesIn } from '../../../lib/syntax/triples.ts'

const told = (text: string) =>
  triplesIn({ text, line: 2, column: 5 }).map(
    ({ whole, fields }) =>
      `${whole.column} ${whole.text} = ${fields.map(({ text, column }) => `${column}:${text}`).join(' ')}`,
  )

test.each([
  ['0:1:2', ['5 0:1:2 = 5:0 7:1 9:2']],
  ['0:1', ['5 0:1 = 5:0 7:1']],
  ['0', ['5 0 = 5:0']],
  ['', ['5  = 5:']],
  ['0:1:2,3:4; 5', ['5 0:1:2 = 5:0 7:1 9:2', '11 3:4 = 11:3 13:4', '16 5 = 16:5']],
  ['0:1:2:3:4:5', ['5 0:1:2 = 5:0 7:1 9:2', '11 3:4:5 = 11:3 13:4 15:5']],
  ['0:1:2:3', ['5 0:1:2 = 5:0 7:1 9:2', '11 3 = 11:3 12: 12:']],
  ['0:1:2:3:', ['5 0:1:2 = 5:0 7:1 9:2', '11 3: = 11:3 13: 13:']],
])('%j', (text, triples) => {
  expect(told(text)).toEqual(triples)
})

import { IdMapSyntaxError } from '../../../lib/syntax/error.ts'

/** The syntax error that reading gives, or the failure of the test. */
export function refusal(read: () => unknown): IdMapSyntaxError {
  try {
    read()
  } catch (error) {
    if (error instanceof IdMapSyntaxError) return error
    throw error
  }
  throw new Error('the text was accepted')
}

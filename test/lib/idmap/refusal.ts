import { IdMapError } from '../../../lib/idmap/problem.ts'

/** The error that making a map gives, or the failure of the test. */
export function refusal(make: () => unknown): IdMapError {
  try {
    make()
  } catch (error) {
    if (error instanceof IdMapError) return error
    throw error
  }
  throw new Error('the map was accepted')
}

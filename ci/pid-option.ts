import { harmless } from '../vm/harmless.ts'
import { UsageError } from './usage-error.ts'

/** A process number as an option's value. */
export function pidOf(option: string, text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new UsageError(`${option}: ${harmless(JSON.stringify(text))} is no process number.`)
}

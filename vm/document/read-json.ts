import * as v from 'valibot'
import { firstFaultOfJson } from '../../lib/syntax/json.ts'
import { misfit } from './misfit.ts'

/** A document that is of its form, or what is wrong with it, as the end of a sentence about the file. */
export type Read<T> = { readonly document: T } | { readonly wrong: string }

/** Reads JSON of this form. `text` changes every text in it, before it is held against the form. */
export function readJsonDocument<T>(
  json: string,
  form: v.GenericSchema<unknown, T>,
  { text = said => said }: { readonly text?: (said: string) => string } = {},
): Read<T> {
  const found = parse(json, text)
  if ('wrong' in found) return found
  const read = v.safeParse(form, found.document)
  return read.success ? { document: read.output } : { wrong: misfit(read.issues[0]) }
}

function parse(json: string, text: (said: string) => string): Read<unknown> {
  try {
    return { document: JSON.parse(json, (_, value: unknown) => (typeof value === 'string' ? text(value) : value)) }
  } catch {
    if (json.trim() === '') return { wrong: 'it is empty' }
    const fault = firstFaultOfJson(json)
    return { wrong: fault === undefined ? 'it is no JSON' : `it is no JSON: ${fault}` }
  }
}

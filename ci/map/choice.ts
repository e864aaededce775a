import { type MapOf, type Note, parseMap, type ReadContext, type Role, type Syntax } from '../../lib/syntax/dialect.ts'
import { recognise, syntaxOf } from '../../lib/syntax/registry.ts'
import { UsageError } from '../usage-error.ts'
import { hintOf, type Input } from './input.ts'

/** A text together with the dialect it is read as. */
export interface Chosen<R extends Role> {
  readonly input: Input
  readonly syntax: Syntax<R>
}

/** The dialect the user named, or the one that takes the text for its own. */
export function choose<R extends Role>(role: R, input: Input, named: string | undefined, option: string): Chosen<R> {
  const syntax = named === undefined ? recognise(input.text, role) : syntaxOf(named, role)
  if (syntax) return { input, syntax }
  throw new UsageError(
    `${input.name} is in no dialect that could be recognised as ${ROLE_WORDS[role]}; name one with ${option} ("idmaplab map dialects" lists them).${hintOf(input)}`,
  )
}

/** Says which column is which, `LXC … u|g container-id host-id count`, and what the text does not say. */
export function described<R extends Role>({ input, syntax }: Chosen<R>): string {
  const notes = syntax.read(input.text).notes ?? []
  return [
    `${input.name} is read as ${syntax.dialect}: ${syntax.form}`,
    ...notes.map(note => noteIn(input.name, note)),
  ].join('\n')
}

/** A note as a remark, with its place. */
export function noteIn(name: string, { line, column, sentence }: Note): string {
  return `note: ${name}:${line}:${column}: ${sentence}`
}

/** The map of a text; throws typed errors that name the input. */
export function mapOf<R extends Role>({ input, syntax }: Chosen<R>, context: ReadContext = {}): MapOf<R> {
  return parseMap(syntax, input.text, context)
}

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  container: 'the map of a container',
  mount: 'the map of a mount',
  exceptions: 'the exceptions of a mount point',
}

import type * as v from 'valibot'

type Issue = Pick<v.BaseIssue<unknown>, 'message' | 'expected' | 'input'> & {
  readonly path?: readonly v.IssuePathItem[] | undefined
}

/**
 * Where a document is not of its form, what was expected there and what is, as the end of a sentence about the file:
 * `at results[0].seconds: expected a number, found "1"`. A schema's own message says what it expects: `a sum of 64 hex digits`.
 */
export function misfit(issue: Issue): string {
  const path = issue.path ?? []
  return `${at(isAboutMember(path) ? path.slice(0, -1) : path)}${misfitHere(issue)}`
}

/** The same where the place is said already. */
export function misfitHere({ message, expected, input, path = [] }: Issue): string {
  const given = message.startsWith(BY_VALIBOT) ? undefined : message
  const last = path.at(-1)
  if (last === undefined || !isAboutMember(path))
    return `expected ${given ?? inWords(expected ?? '')}, found ${seen(input)}`
  // A list has no members by name, so that the first that is wanted is missing.
  if (Array.isArray(last.input)) return `expected ${given ?? inWords('Object')}, found ${seen(last.input)}`
  const member = seen(String(last.key))
  return expected === 'never' ? `there is no place for ${member}` : `${member} is missing`
}

/** Whether a member is missing, or there is one too many. */
function isAboutMember(path: readonly v.IssuePathItem[]): boolean {
  return path.at(-1)?.origin === 'key'
}

/** How the messages begin that a schema did not give. */
const BY_VALIBOT = 'Invalid '
const MOST_SHOWN = 60

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'an object',
}

/** What valibot writes as `string` or `("PASS" | "FAIL")`. */
function inWords(expected: string): string {
  const choices = /^\((.*)\)$/.exec(expected)?.[1]?.split(' | ')
  return choices === undefined ? (TYPES[expected] ?? expected) : `one of ${choices.join(', ')}`
}

function seen(input: unknown): string {
  if (input === undefined) return 'nothing'
  if (Array.isArray(input)) return input.length === 0 ? 'an empty list' : 'a list'
  if (typeof input === 'object' && input !== null) return 'an object'
  const text = JSON.stringify(input)
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

/** `at kernels["6.12"].packages[0]: `; nothing for the whole document. */
function at(path: readonly v.IssuePathItem[]): string {
  const steps = path.map(({ key }) => {
    if (typeof key === 'number') return `[${key}]`
    const name = String(key).slice(0, MOST_SHOWN)
    return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
  })
  return steps.length === 0 ? '' : `at ${steps.join('').replace(/^\./, '')}: `
}

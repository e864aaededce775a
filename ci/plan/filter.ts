import { UsageError } from '../usage-error.ts'

/**
 * Reads `--filter`: `/…/` with flags behind it is a regular expression; a text with `*` (anything) or `?` (one character) must be all
 * of what it is held to; any other text must occur in it, in small or capital letters. UsageError for an expression that is none.
 */
export function parseFilter(text: string): (subject: string) => boolean {
  const [, expression, flags] = /^\/(.+)\/([a-z]*)$/.exec(text) ?? []
  if (expression !== undefined) return matching(compile(expression, flags ?? '', text))
  if (!/[*?]/.test(text)) return subject => subject.toLowerCase().includes(text.toLowerCase())
  const pattern = [...text].map(character => WILD[character] ?? character.replace(/[\\^$.+()[\]{}|/]/, '\\$&')).join('')
  return matching(new RegExp(`^${pattern}$`, 'is'))
}

const WILD: Readonly<Record<string, string>> = { '*': '.*', '?': '.' }

function compile(expression: string, flags: string, text: string): RegExp {
  try {
    return new RegExp(expression, flags.replaceAll(/[gy]/g, ''))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`--filter ${JSON.stringify(text)} is no regular expression: ${why}.`, { cause: error })
  }
}

function matching(pattern: RegExp): (subject: string) => boolean {
  return subject => pattern.test(subject)
}

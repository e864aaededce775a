import { linesOf, type Piece, skip } from './scan.ts'
import { nearly } from './typo.ts'

/** An option with its value, on a command line or in a unit file. */
export interface Option<Meaning> {
  readonly meaning: Meaning
  readonly name: Piece
  /** Without the quotes around it; empty, at the place where it should be, when there is none. */
  readonly value: Piece
}

/**
 * The words of a command line, or of several: blanks and newlines separate them, except blanks between quotes. A line
 * that starts with `#` is a comment, a `\` by itself at the end of a line continues it, and quotes around a whole word
 * are taken off. Nothing is expanded.
 */
export function shellWords(text: string): Piece[] {
  return linesOf(text).filter(isNoComment).flatMap(wordsOfLine)
}

/** The words of one line. */
export function wordsOfLine(line: Piece): Piece[] {
  const words: Piece[] = []
  let start: number | undefined
  let quote = ''
  for (let at = 0; at <= line.text.length; at++) {
    const next = line.text.charAt(at)
    const isBetween = next === '' || (quote === '' && (next === ' ' || next === '\t'))
    if (!isBetween) start ??= at
    else if (start !== undefined) {
      words.push(skip(line, start, at - start))
      start = undefined
    }
    if (next === quote) quote = ''
    else if (quote === '' && (next === '"' || next === "'")) quote = next
  }
  return words.filter(({ text }) => text !== '\\').map(unquoted)
}

/** What a text says with some options. */
export interface Settings<Meaning> {
  readonly options: readonly Option<Meaning>[]
  /** Words that are nearly the name of an option: whoever passed over them would pass over a part of the map. */
  readonly misspelt: readonly Piece[]
  /** All words of a text that has none of the options: values pasted without their option. */
  readonly bare: readonly Piece[]
}

/**
 * The options of some names among words: `--name=value`, `--name value`, `name=value`, `name = "value"`. Where there
 * are any, all other words are somebody else's business.
 */
export function settingsOf<Meaning>(words: readonly Piece[], names: ReadonlyMap<string, Meaning>): Settings<Meaning> {
  const { options, others } = optionsOf(words, names)
  const misspelt = others.filter(word => isMisspelt(word, names))
  return { options, misspelt, bare: options.length + misspelt.length > 0 ? [] : others }
}

/** The options among words, and the words that are none and no value of one. */
export function optionsOf<Meaning>(words: readonly Piece[], names: ReadonlyMap<string, Meaning>) {
  const options: Option<Meaning>[] = []
  const others: Piece[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (!word) break
    const equals = word.text.indexOf('=')
    const name = equals === -1 ? word : skip(word, 0, equals)
    const meaning = names.get(name.text)
    if (meaning === undefined) {
      others.push(word)
      continue
    }
    let value = equals === -1 ? undefined : skip(word, equals + 1)
    if (value === undefined && words[at + 1]?.text.startsWith('=')) {
      at++
      value = skip(words[at] ?? word, 1)
    }
    if (value?.text === '' || value === undefined) value = words[++at]
    options.push({ meaning, name, value: unquoted(value ?? endOf(words.at(-1) ?? word)) })
  }
  return { options, others }
}

/** Short names are nearly too many words. */
const SHORTEST_MISSPELT = 6

function isMisspelt({ text }: Piece, names: ReadonlyMap<string, unknown>): boolean {
  const [name = text] = text.split('=', 1)
  for (const wanted of names.keys()) if (wanted.length >= SHORTEST_MISSPELT && nearly(name, wanted)) return true
  return false
}

/** The piece without the quotes around it. */
export function unquoted(piece: Piece): Piece {
  const first = piece.text.charAt(0)
  const isQuoted = (first === '"' || first === "'") && piece.text.length > 1 && piece.text.endsWith(first)
  return isQuoted ? skip(piece, 1, piece.text.length - 2) : piece
}

/** The place after a piece, with nothing in it. */
export function endOf(piece: Piece): Piece {
  return skip(piece, piece.text.length)
}

function isNoComment({ text }: Piece): boolean {
  return !/^[ \t]*#/.test(text)
}

import { type DialectName, IdMapSyntaxError } from './error.ts'
import { fail, type Piece } from './scan.ts'

/** A JSON value as it was written: its text, where it stands, and where it starts, as an offset into the document. */
interface JsonNode extends Piece {
  readonly start: number
}

export interface JsonObject extends JsonNode {
  readonly kind: 'object'
  /** In the order written, duplicates too. */
  readonly members: readonly JsonMember[]
}

interface JsonMember {
  readonly key: JsonString
  readonly value: Json
}

export interface JsonArray extends JsonNode {
  readonly kind: 'array'
  readonly items: readonly Json[]
}

interface JsonString extends JsonNode {
  readonly kind: 'string'
  readonly value: string
}

/** Numbers stay the text they are, so that no digit is lost. */
interface JsonScalar extends JsonNode {
  readonly kind: 'number' | 'word'
}

export type Json = JsonObject | JsonArray | JsonString | JsonScalar

/**
 * Reads a JSON document strictly (RFC 8259), with the place of every value. Members without the braces around them
 * (`"uidMappings": […], "gidMappings": […]`, as people cut them out of a file) are read as an object.
 * Throws an `IdMapSyntaxError` at the first place that is not JSON.
 */
export function readJson(dialect: DialectName, text: string): Json {
  return new JsonReader(dialect, text).document()
}

/** The first place at which a text is no JSON, whatever it is about: `line 3, column 5: expected ':', found '}'`. */
export function firstFaultOfJson(text: string): string | undefined {
  try {
    // The dialect is said nowhere: only the place is.
    readJson('oci', text)
    return undefined
  } catch (error) {
    if (!(error instanceof IdMapSyntaxError)) throw error
    const { line, column, expected, found } = error
    return `line ${line}, column ${column}: expected ${expected}, found ${found === '' ? 'the end' : `'${found}'`}`
  }
}

/** The value of a member; a fault when it is there twice, since readers differ in which of them they take. */
export function memberOf(dialect: DialectName, object: JsonObject, name: string): Json | undefined {
  const [first, second] = object.members.filter(({ key }) => key.value === name)
  if (second) fail(dialect, second.key, `one member ${JSON.stringify(name)}`)
  return first?.value
}

/** No configuration nests deeper, and a document of a million brackets must not exhaust the stack. */
const MOST_LEVELS = 100

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null'])
const WORD = /[^\s,:{}[\]"]+/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

class JsonReader {
  readonly #dialect: DialectName
  readonly #text: string
  #offset = 0
  #line = 1
  #lineStart = 0

  constructor(dialect: DialectName, text: string) {
    this.#dialect = dialect
    this.#text = text
  }

  document(): Json {
    this.#skipBlanks()
    const place = this.#place()
    const first = this.#value(1)
    this.#skipBlanks()
    const isCut = first.kind === 'string' && this.#next() === ':'
    const members = isCut ? this.#membersAfter(first, '', 1) : undefined
    if (this.#offset < this.#text.length) this.#expected('the end of the document')
    return members ? { ...this.#node(place), kind: 'object', members } : first
  }

  #value(level: number): Json {
    if (level > MOST_LEVELS) this.#expected(`at most ${MOST_LEVELS} levels of nesting`)
    const next = this.#next()
    if (next === '{') return this.#object(level)
    if (next === '[') return this.#array(level)
    if (next === '"') return this.#string()
    const place = this.#place()
    const word = this.#word()
    const kind = NUMBER.test(word) ? 'number' : WORDS.has(word) ? 'word' : undefined
    if (!kind) return this.#expected('a JSON value')
    this.#offset += word.length
    return { ...this.#node(place), kind }
  }

  #object(level: number): JsonObject {
    const place = this.#place()
    this.#offset++
    this.#skipBlanks()
    const members = this.#next() === '}' ? [] : this.#membersAfter(this.#string(), '}', level)
    this.#offset++
    return { ...this.#node(place), kind: 'object', members }
  }

  /** The members from a key that was read, up to the closing brace, or to the end of a document without one. */
  #membersAfter(first: JsonString, end: '}' | '', level: number): JsonMember[] {
    const members: JsonMember[] = []
    for (let key = first; ; key = this.#string()) {
      this.#skipBlanks()
      if (this.#next() !== ':') this.#expected("':'")
      this.#advance()
      members.push({ key, value: this.#value(level + 1) })
      this.#skipBlanks()
      if (this.#next() === end) return members
      if (this.#next() !== ',') this.#expected(end ? "',' or '}'" : "',' or the end of the document")
      this.#advance()
      // A line cut out of an object may keep its comma.
      if (end === '' && this.#next() === '') return members
    }
  }

  #array(level: number): JsonArray {
    const place = this.#place()
    const items: Json[] = []
    this.#advance()
    while (this.#next() !== ']' || items.length > 0) {
      items.push(this.#value(level + 1))
      this.#skipBlanks()
      if (this.#next() === ']') break
      if (this.#next() !== ',') this.#expected("',' or ']'")
      this.#advance()
    }
    this.#offset++
    return { ...this.#node(place), kind: 'array', items }
  }

  #string(): JsonString {
    if (this.#next() !== '"') this.#expected('a string')
    const place = this.#place()
    this.#offset++
    for (let next = this.#next(); next !== '"'; next = this.#next()) {
      // A control character, also a newline, has to be escaped.
      if (next < ' ') this.#expected("'\"'")
      this.#offset += next === '\\' ? this.#escapeLength() : 1
    }
    this.#offset++
    const node = this.#node(place)
    return { ...node, kind: 'string', value: JSON.parse(node.text) }
  }

  #escapeLength(): number {
    ESCAPE.lastIndex = this.#offset
    return ESCAPE.exec(this.#text)?.[0].length ?? this.#expected('an escape of JSON')
  }

  /** The next character; empty at the end. */
  #next(): string {
    return this.#text.charAt(this.#offset)
  }

  #advance(): void {
    this.#offset++
    this.#skipBlanks()
  }

  #skipBlanks(): void {
    for (;;) {
      const next = this.#next()
      if (next !== ' ' && next !== '\n' && next !== '\t' && next !== '\r') return
      this.#offset++
      if (next !== '\n') continue
      this.#line++
      this.#lineStart = this.#offset
    }
  }

  #word(): string {
    WORD.lastIndex = this.#offset
    return WORD.exec(this.#text)?.[0] ?? this.#next()
  }

  #place() {
    return { start: this.#offset, line: this.#line, column: this.#offset - this.#lineStart + 1 }
  }

  #node(place: { readonly start: number; readonly line: number; readonly column: number }): JsonNode {
    return { ...place, text: this.#text.slice(place.start, this.#offset) }
  }

  #expected(expected: string): never {
    return fail(this.#dialect, { ...this.#place(), text: this.#word() }, expected)
  }
}

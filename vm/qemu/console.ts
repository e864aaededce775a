import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { harmless } from '../harmless.ts'
import { type Crash, detectCrash } from './crash.ts'

const LAST_LINES = 200
const EXCERPT_LINES = 12
const LINES_BEFORE_CRASH = 2
const CRASH_LINES = 30
const LONGEST_LINE = 4096
const LARGEST_LOG = 64 * 1024 * 1024

/** The guest's serial console: written to a log as it comes, its last lines kept, and watched for a kernel in trouble. */
export class Console {
  readonly logFile: string
  readonly #log: number
  readonly #lines: string[] = []
  readonly #onCrash: (crash: Crash) => void
  #partial = ''
  #logged = 0
  #crash: Crash | undefined

  constructor(stream: Readable, logFile: string, onCrash: (crash: Crash) => void) {
    this.logFile = logFile
    this.#log = fs.openSync(logFile, 'a')
    this.#onCrash = onCrash
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('close', () => fs.closeSync(this.#log))
    stream.on('error', () => {})
  }

  /** The first trouble seen. */
  get crash(): Crash | undefined {
    return this.#crash
  }

  /** The newest lines, oldest first, with control characters made visible. */
  last(count: number): string[] {
    return [...this.#lines, ...(this.#partial === '' ? [] : [shown(this.#partial)])].slice(-count)
  }

  /** What the guest's init complained of before it gave up. */
  get initFailure(): string | undefined {
    return this.#lines.map(line => /idmaplab: init: (.*)/.exec(line)?.[1]).find(failure => failure !== undefined)
  }

  /** What a report shows: the trouble from just before its first line on, or, without any, the end. */
  excerpt(): string[] {
    const crash = this.#crash === undefined ? -1 : this.#lines.indexOf(this.#crash.line)
    if (crash < 0) return this.last(EXCERPT_LINES)
    const start = Math.max(0, crash - LINES_BEFORE_CRASH)
    return this.#lines.slice(start, start + CRASH_LINES)
  }

  #receive(chunk: Buffer): void {
    this.#write(chunk)
    const pieces = (this.#partial + chunk.toString('latin1')).split('\n')
    this.#partial = (pieces.pop() ?? '').slice(0, LONGEST_LINE)
    for (const piece of pieces) this.#line(shown(piece))
  }

  // A guest that floods its console costs a bounded file; what is watched and shown goes on.
  #write(chunk: Buffer): void {
    if (this.#logged >= LARGEST_LOG) return
    this.#logged += chunk.length
    try {
      fs.writeSync(this.#log, chunk)
      if (this.#logged >= LARGEST_LOG) fs.writeSync(this.#log, '\n[the log ends here: its limit is reached]\n')
    } catch {
      this.#logged = LARGEST_LOG
    }
  }

  #line(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > LAST_LINES) this.#lines.shift()
    const crash = detectCrash(line)
    if (crash === undefined || this.#crash !== undefined) return
    this.#crash = crash
    this.#onCrash(crash)
  }
}

// The serial line ends its lines with CR LF.
function shown(line: string): string {
  return harmless(line.slice(0, LONGEST_LINE).replace(/\r+$/, ''))
}

import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { harmless } from '../harmless.ts'
import { type Crash, detectCrash, endsReport } from './crash.ts'

const LAST_LINES = 200
const EXCERPT_LINES = 12
const LINES_BEFORE_CRASH = 2
const LONGEST_TRACE = 150
const LONGEST_LINE = 4096
const LARGEST_LOG = 64 * 1024 * 1024
const TOLD_QEMU: Crash = { kind: 'panic', line: 'it told QEMU that it panicked, and its console does not say why' }

/** The guest's serial console: written to a log as it comes, its last lines kept, and watched for a kernel in trouble. */
export class Console {
  readonly logFile: string
  readonly #log: number
  readonly #lines: string[] = []
  readonly #onCrash: (crash: Crash) => void
  readonly #patienceMs: number
  #tell: () => void = () => {}
  #partial = ''
  #logged = 0
  #crash: Crash | undefined
  #panicked = false
  #trace: string[] = []
  #traceEnded = false

  /** `onCrash` is called once, for the first trouble: when the kernel has ended its report of it, or after `patienceMs`. */
  constructor(stream: Readable, logFile: string, onCrash: (crash: Crash) => void, patienceMs = 0) {
    this.logFile = logFile
    this.#log = fs.openSync(logFile, 'a')
    this.#onCrash = onCrash
    this.#patienceMs = patienceMs
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('close', () => this.#close())
    stream.on('error', () => {})
  }

  /** The first trouble seen; a panic that only QEMU was told of, too. */
  get crash(): Crash | undefined {
    return this.#crash ?? (this.#panicked ? TOLD_QEMU : undefined)
  }

  /** The kernel told QEMU that it panicked: what it writes about it is still waited for, as usual. */
  panicked(): void {
    this.#panicked = true
    if (this.#crash === undefined) this.#expectEnd(TOLD_QEMU)
  }

  /** The newest lines, oldest first, with control characters made visible. */
  last(count: number): string[] {
    return [...this.#lines, ...(this.#partial === '' ? [] : [shown(this.#partial)])].slice(-count)
  }

  /** What the guest's init complained of before it gave up. */
  get initFailure(): string | undefined {
    return this.#lines.map(line => /idmaplab: init: (.*)/.exec(line)?.[1]).find(failure => failure !== undefined)
  }

  /** What a report shows: the kernel's own from just before its first line on, or, without trouble, the end. */
  excerpt(): readonly string[] {
    return this.#crash === undefined ? this.last(EXCERPT_LINES) : this.#trace
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
    if (this.#crash === undefined) this.#watch(line)
    else this.#follow(line)
  }

  #watch(line: string): void {
    this.#crash = detectCrash(line)
    if (this.#crash === undefined) return
    this.#trace = this.#lines.slice(-1 - LINES_BEFORE_CRASH)
    if (!this.#panicked) this.#expectEnd(this.#crash)
  }

  #expectEnd(crash: Crash): void {
    const patience = setTimeout(() => this.#tell(), this.#patienceMs)
    this.#tell = () => {
      this.#tell = () => {}
      clearTimeout(patience)
      this.#onCrash(this.#crash ?? crash)
    }
    if (this.#patienceMs === 0) this.#tell()
  }

  // An oops may become a panic after the end of its own report: that line belongs to it.
  #follow(line: string): void {
    if (this.#trace.length >= LONGEST_TRACE || (this.#traceEnded && detectCrash(line)?.kind !== 'panic')) return
    this.#trace.push(line)
    if (!endsReport(line) && this.#trace.length < LONGEST_TRACE) return
    this.#traceEnded = true
    this.#tell()
  }

  #close(): void {
    fs.closeSync(this.#log)
    this.#tell()
  }
}

// The serial line ends its lines with CR LF.
function shown(line: string): string {
  return harmless(line.slice(0, LONGEST_LINE).replace(/\r+$/, ''))
}

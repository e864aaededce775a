import fs from 'node:fs'
import path from 'node:path'
import { type Blame, IdmaplabError } from '../../lib/error.ts'
import { replaceFile } from '../../lib/ranges/replace-file.ts'

/** Where a report goes that grows by whole lines. */
export type LineOutput = {
  /** Throws a `ReportUnwritable` when it can't be written, now or before. */
  write(lines: string): void
  /** Resolves when all is written. */
  close(): Promise<void>
}

/** Where a report goes that is one document, written anew whenever there is more to say. */
export type DocumentOutput = {
  /** Puts the document in the place of the one before. Throws a `ReportUnwritable`. */
  replace(document: string): void
  close(): Promise<void>
}

/** A report could not be written; the run and the other reports go on. */
export class ReportUnwritable extends IdmaplabError {
  readonly code = 'REPORT_UNWRITABLE'
  readonly blame: Blame = 'harness'

  constructor(report: string, cause: unknown) {
    const { code, syscall, message } = cause as Partial<NodeJS.ErrnoException>
    const why = code === undefined ? message : `${code}${syscall === undefined ? '' : ` (${syscall})`}`
    super(`The report ${report} can't be written: ${why}; what is there of it is not whole.`, { cause })
  }
}

/** One of this process's own streams. `put` writes to it without tearing what is drawn on a terminal. */
export function streamLines(report: string, stream: NodeJS.WriteStream, put: (text: string) => void): LineOutput {
  let broken: unknown
  // The reader has gone, or a file is full. Whoever ends the process at this would take the other reports with it.
  stream.removeAllListeners('error')
  stream.on('error', error => {
    broken ??= error
  })
  const throwIfBroken = (): void => {
    if (broken !== undefined) throw new ReportUnwritable(report, broken)
  }
  return {
    write(lines) {
      throwIfBroken()
      put(lines)
    },
    async close() {
      throwIfBroken()
      await new Promise<void>(resolve => stream.write('', () => resolve()))
      throwIfBroken()
    },
  }
}

/** A file, or whatever else has a path; what it held before is gone. Throws a `ReportUnwritable` at once if it can't be one. */
export function fileLines(report: string, file: string): LineOutput {
  const attempt = <T>(act: () => T): T => orUnwritable(report, act)
  const fd = attempt(() => {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    return fs.openSync(file, 'w', 0o644)
  })
  return {
    write: lines => attempt(() => fs.writeFileSync(fd, lines)),
    close: async () => attempt(() => fs.closeSync(fd)),
  }
}

/**
 * A file that holds one document after the other, whole at every moment, since each takes the name of the one before. A pipe or
 * a device gets the last one only, at the end. Throws a `ReportUnwritable` at once if it can't be written.
 */
export function fileDocument(report: string, file: string): DocumentOutput {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  if (stats !== undefined && !stats.isFile()) return documentAtEnd(fileLines(report, file))
  const real = stats === undefined ? path.resolve(file) : fs.realpathSync(file)
  const temporary = path.join(path.dirname(real), `.${path.basename(real)}.${process.pid}`)
  const replace = (document: string): void => orUnwritable(report, () => replaceFile(real, document, { temporary }))
  orUnwritable(report, () => {
    fs.mkdirSync(path.dirname(real), { recursive: true })
    fs.closeSync(fs.openSync(temporary, 'w'))
    fs.rmSync(temporary)
  })
  return { replace, close: async () => {} }
}

/** For what can't be written anew: the last document, when the run is over. */
export function documentAtEnd(output: LineOutput): DocumentOutput {
  let last = ''
  return {
    replace(document) {
      last = document
    },
    async close() {
      output.write(last)
      await output.close()
    },
  }
}

function orUnwritable<T>(report: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw new ReportUnwritable(report, error)
  }
}

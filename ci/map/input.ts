import { existsSync } from 'node:fs'
import fs from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { reasonOf } from '../../lib/file-trouble.ts'
import { UsageError } from '../usage-error.ts'

/** A text to read maps from, and what to call it in a message. */
export interface Input {
  readonly name: string
  readonly text: string
}

/** More than any configuration, and little enough to hold in memory several times. */
const MAX_BYTES = 16 * 2 ** 20

/** The text of an argument: the argument itself, `@file`, or `-` for the standard input. */
export async function readInput(argument: string, name = 'the argument'): Promise<Input> {
  if (argument === '-') return { name: 'the standard input', text: await readStandardInput() }
  if (argument.startsWith('@')) return { name: argument.slice(1), text: await readFile(argument.slice(1)) }
  return { name, text: argument }
}

/** What to say of a text that is no map but is the name of a file. */
export function hintOf({ text }: Input): string {
  return text.length < 4096 && !text.includes('\0') && existsSync(text)
    ? ` There is a file ${text}: did you mean @${text}?`
    : ''
}

/** The text of a file; every failure is one sentence. */
export async function readFile(path: string): Promise<string> {
  let file: fs.FileHandle
  try {
    file = await fs.open(path)
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error)}.`)
  }
  try {
    // A size is no bound: /proc files have none, and a FIFO or device may never end.
    const bytes = Buffer.alloc(MAX_BYTES + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null)
      length += bytesRead
      if (length > MAX_BYTES) throw new UsageError(`${path} is longer than ${MAX_BYTES} bytes; no map is.`)
      if (bytesRead === 0) return bytes.toString('utf8', 0, length)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${path} cannot be read: ${reasonOf(error)}.`)
  } finally {
    await file.close()
  }
}

async function readStandardInput(): Promise<string> {
  let length = 0
  const bounded = async function* () {
    for await (const chunk of process.stdin) {
      length += chunk.length
      if (length > MAX_BYTES) throw new UsageError(`The standard input is longer than ${MAX_BYTES} bytes; no map is.`)
      yield chunk
    }
  }
  return (await buffer(bounded())).toString('utf8')
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Another process that does what one of the files in `acts/` says, told to go on by the end of its input. */
export type OtherProcess = {
  /** Resolves when the process has printed the line; rejects when it ends without. */
  said(line: string): Promise<void>
  /** Lets it go on past the point where it waits. */
  goOn(): void
  kill(): Promise<void>
  /** Resolves when it ended by itself. */
  end(): Promise<void>
}

/** Starts `test/cache/acts/NAME.ts` with arguments. */
export function otherProcess(act: string, ...argv: readonly string[]): OtherProcess {
  const script = fileURLToPath(new URL(`./acts/${act}.ts`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const lines = heardFrom(child)
  return {
    said: line => lines.said(line),
    goOn: () => void child.stdin.end(),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    end: async () => void (await ended),
  }
}

function heardFrom(child: ChildProcess): { said(line: string): Promise<void> } {
  const heard = new Set<string>()
  const waiting = new Map<string, () => void>()
  let reject: (error: Error) => void = () => {}
  const silent = new Promise<never>((_resolve, fail) => {
    reject = fail
  })
  silent.catch(() => {})
  if (child.stdout === null) throw new Error('the child has no standard output')
  const reader = createInterface(child.stdout)
  reader.on('line', line => {
    heard.add(line)
    waiting.get(line)?.()
  })
  reader.on('close', () => reject(new Error(`the other process ended after saying only: ${[...heard].join(', ')}`)))
  return {
    said: line =>
      heard.has(line) ? Promise.resolve() : Promise.race([silent, new Promise<void>(done => waiting.set(line, done))]),
  }
}

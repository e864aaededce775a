import ora, { type Ora } from 'ora'
import type { Progress } from '../vm/progress.ts'

export type TerminalProgress = Progress & {
  /** Whether a spinner is drawn, on a terminal. */
  readonly live: boolean
  /** Writes to one of this process's streams without tearing what is drawn. */
  write(stream: NodeJS.WriteStream, text: string): void
}

/** A spinner on a terminal; otherwise, or under `CI=true`, a line when a step begins and one when it ends. All on stderr. */
export function terminalProgress(): TerminalProgress {
  const live = process.stderr.isTTY && process.env.CI === undefined
  const noted = new Set<string>()
  const drawn: Ora[] = []
  const above = (write: () => void): void => {
    const spinner = drawn.at(-1)
    spinner?.clear()
    write()
    spinner?.render()
  }
  return {
    live,
    step: live ? (title, work) => spin(title, work, drawn) : print,
    note: line => {
      if (!noted.has(line)) above(() => process.stderr.write(`idmaplab: ${line}\n`))
      noted.add(line)
    },
    write: (stream, text) => above(() => stream.write(text)),
  }
}

/** Of many cases side by side one step is drawn: what they do is its detail. */
export function within(progress: Progress, say: (detail: string) => void): Progress {
  return {
    step: (title, work) => {
      say(title)
      return work(detail => say(`${title} ${detail}`))
    },
    note: progress.note,
  }
}

async function spin<T>(title: string, work: (say: (detail: string) => void) => Promise<T>, drawn: Ora[]): Promise<T> {
  const start = performance.now()
  const spinner = ora({ text: title, stream: process.stderr, discardStdin: false }).start()
  drawn.push(spinner)
  try {
    const result = await work(detail => {
      spinner.suffixText = oneLine(detail)
    })
    spinner.suffixText = ''
    spinner.succeed(`${title}  ${since(start)}`)
    return result
  } catch (error) {
    spinner.suffixText = ''
    spinner.fail(title)
    throw error
  } finally {
    drawn.splice(drawn.indexOf(spinner), 1)
  }
}

async function print<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T> {
  const start = performance.now()
  process.stderr.write(`  ${title} …\n`)
  const result = await work(() => {})
  process.stderr.write(`  ${title}: ${since(start)}\n`)
  return result
}

function since(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}

function oneLine(detail: string): string {
  return detail.replaceAll(/\s+/g, ' ').slice(0, 60)
}

import ora from 'ora'
import type { Progress } from '../vm/progress.ts'

/** A spinner on a terminal; otherwise, or under `CI=true`, a line when a step begins and one when it ends. All on stderr. */
export function terminalProgress(): Progress {
  const live = process.stderr.isTTY && process.env.CI === undefined
  const noted = new Set<string>()
  return {
    step: live ? spin : print,
    note: line => {
      if (!noted.has(line)) process.stderr.write(`idmaplab: ${line}\n`)
      noted.add(line)
    },
  }
}

async function spin<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T> {
  const start = performance.now()
  const spinner = ora({ text: title, stream: process.stderr, discardStdin: false }).start()
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

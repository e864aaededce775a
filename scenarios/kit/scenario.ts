import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plot, Scenario, Stage } from './story.ts'

/** A story about a kernel. The file that exports it as its default is its name, and can be run by itself. */
export function scenario<Name extends string>(
  file: string,
  plot: Plot<Name>,
  tell: (stage: Stage<Name>) => Promise<void>,
): Scenario {
  const location = fileURLToPath(file)
  const story = { ...plot, name: path.basename(location).replace(/\.[cm]?[jt]s$/, ''), tell } as Scenario
  if (isExecuted(location)) {
    setImmediate(async () => (await import('./standalone.ts')).runAlone(story))
  }
  return story
}

// What was executed may be named by a symbolic link, or without its extension.
function isExecuted(location: string): boolean {
  const [, executed = ''] = process.argv
  const candidates = [executed, `${executed}${path.extname(location)}`].filter(
    file => executed !== '' && fs.existsSync(file),
  )
  return candidates.some(file => fs.realpathSync(file) === fs.realpathSync(location))
}

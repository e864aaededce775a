import { readFile } from 'node:fs/promises'
import type { RunEvent } from './events.ts'

/** What made a run: the version of idmaplab, and what the user typed behind its name. */
export type Heading = Pick<Extract<RunEvent, { type: 'run.started' }>, 'version' | 'command'>

export async function headingOf(): Promise<Heading> {
  const about: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  return { version: (about as { version: string }).version, command: process.argv.slice(2) }
}

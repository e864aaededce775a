import type { RunEvent } from './events.ts'
import { ownVersion } from './own-version.ts'

/** What made a run: the version of idmaplab, and what the user typed behind its name. */
export type Heading = Pick<Extract<RunEvent, { type: 'run.started' }>, 'version' | 'command'>

export async function headingOf(): Promise<Heading> {
  return { version: await ownVersion(), command: process.argv.slice(2) }
}

import type { HeldTo, RunEvent } from './events.ts'
import { ownVersion } from './own-version.ts'

/** What made a run: the version of idmaplab, what the user typed behind its name, and what judges it. */
export type Heading = Pick<Extract<RunEvent, { type: 'run.started' }>, 'version' | 'command' | 'heldTo'>

export async function headingOf(heldTo: HeldTo | undefined): Promise<Heading> {
  const judge = heldTo === undefined ? {} : { heldTo }
  return { version: await ownVersion(), command: process.argv.slice(2), ...judge }
}

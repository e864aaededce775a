import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory } from './make-directory.ts'
import { owner, ownerState } from './owner.ts'
import { sweep } from './sweep.ts'

/** So many runs a person may want to look back at. */
const KEPT_RUNS = 20

/** A new directory for what one run leaves, in `all`, where only those of the newest 20 runs are kept. */
export async function keptDirectory(all: string): Promise<string> {
  const made = join(all, `${new Date().toISOString().replace(/[:.]/g, '-')}.${owner()}`)
  await makeDirectory(made)
  const ours = (await readdir(all)).filter(name => /^\d{4}-\d\d-\d\dT?[\d-]*Z?\.\d+-\d+-[0-9a-f]{6}$/.test(name))
  const old = ours.sort().slice(0, -KEPT_RUNS)
  await sweep(all, name => old.includes(name) && ownerState(name) !== 'alive')
  return made
}

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HarnessError } from '../harness-error.ts'
import { makeDirectory } from './make-directory.ts'
import { owner, ownerState } from './owner.ts'
import { sweep } from './sweep.ts'

/** So many runs a person may want to look back at. */
const KEPT_RUNS = 20

/** A new directory for what one run leaves, in `all`, where only those of the newest 20 runs are kept. */
export async function keptDirectory(all: string): Promise<string> {
  const made = join(all, `${new Date().toISOString().replace(/[:.]/g, '-')}.${owner()}`)
  await makeDirectory(made).catch(asUnusable(all))
  const ours = (await readdir(all)).filter(name => /^\d{4}-\d\d-\d\dT?[\d-]*Z?\.\d+-\d+-[0-9a-f]{6}$/.test(name))
  const old = ours.sort().slice(0, -KEPT_RUNS)
  await sweep(all, name => old.includes(name) && ownerState(name) !== 'alive')
  return made
}

function asUnusable(directory: string): (error: unknown) => never {
  return error => {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') throw error
    const why = code === 'ENOTDIR' ? 'it is not a directory, or lies below what is none' : message
    throw new HarnessError('DIRECTORY_UNUSABLE', `Nothing can be left in ${directory}: ${why}.`, {
      blame: 'user',
      cause: error,
    })
  }
}

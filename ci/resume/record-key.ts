import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprint } from '../../vm/cache/fingerprint.ts'
import { casesOf, type Plan } from '../plan/plan.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

type Circumstances = {
  readonly accel: string
  readonly cold?: boolean
  readonly seed?: string
  readonly retry?: number
  readonly timeout?: number
  readonly modules?: string
}

/** The same for runs of the same cases by the same code under the same circumstances. Which kernels these are to the byte, each verdict says. */
export async function recordKey(plan: Plan, circumstances: Circumstances, checkout = CHECKOUT): Promise<string> {
  const { accel, cold = false, seed = null, retry = 0, timeout = null, modules = null } = circumstances
  const { rounds, shard = null } = plan
  const asked = { cases: casesOf(plan), rounds, shard, accel, cold, seed, retry, timeout, modules }
  return fingerprint(JSON.stringify(asked), await fingerprintOfCode(checkout))
}

/** A hash of everything in this checkout that decides what comes of a case: the library, the guests, the stories, what they stand on. */
async function fingerprintOfCode(checkout: string): Promise<string> {
  const directories = await Promise.all(['lib', 'vm', 'scenarios'].map(directory => sources(checkout, directory)))
  // Versions are exact in package.json, and npm publishes no lock.
  const files = [...directories.flat(), 'package.json']
  const parts = await Promise.all(files.map(async file => [file, await readFile(join(checkout, file))] as const))
  return fingerprint(...parts.flat())
}

async function sources(checkout: string, directory: string): Promise<string[]> {
  const names = await readdir(join(checkout, directory), { recursive: true })
  return names
    .filter(name => name.endsWith('.ts'))
    .map(name => join(directory, name))
    .sort()
}

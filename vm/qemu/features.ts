import { execFile } from 'node:child_process'
import path from 'node:path'
import * as v from 'valibot'
import { type QemuFeatures, SANDBOX } from './argv.ts'
import { qemuBuild } from './process.ts'
import { readVerdict, writeVerdict } from './verdict-file.ts'

const features = v.object({ sandbox: v.boolean(), pvpanic: v.boolean() })

/** What the QEMU of this machine has: tried once for each build of it, and remembered in the cache. */
export async function qemuFeatures(cacheDirectory: string, ask: Ask = askQemu): Promise<QemuFeatures> {
  const file = path.join(cacheDirectory, 'qemu-features.json')
  const build = await qemuBuild()
  const known = readVerdict(file, build, features)
  if (known !== undefined) return known
  const sandboxed = await ask([...EMPTY_MACHINE, ...SANDBOX])
  const said = sandboxed ?? (await ask(EMPTY_MACHINE))
  // One that does not even start here has its own words for why when the guest is started.
  if (said === undefined) return { sandbox: true, pvpanic: true }
  const found = { sandbox: sandboxed !== undefined, pvpanic: said.includes('"pvpanic"') }
  writeVerdict(file, build, found)
  return found
}

/** What QEMU says on its monitor, or `undefined` if it could not be started so. */
type Ask = (args: readonly string[]) => Promise<string | undefined>

const EMPTY_MACHINE: readonly string[] = ['-machine', 'none', '-nodefaults', '-display', 'none', '-qmp', 'stdio']
const PATIENCE_MS = 60_000

const QUESTIONS = [
  { execute: 'qmp_capabilities' },
  { execute: 'qom-list-types', arguments: { implements: 'pvpanic' } },
  { execute: 'quit' },
]

function askQemu(args: readonly string[]): Promise<string | undefined> {
  return new Promise(resolve => {
    const child = execFile('qemu-system-x86_64', args, { timeout: PATIENCE_MS }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    )
    child.stdin?.on('error', () => {})
    child.stdin?.end(QUESTIONS.map(question => `${JSON.stringify(question)}\n`).join(''))
  })
}

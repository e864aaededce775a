import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Guest } from '../../vm/guest/guest.ts'
import { harmless } from '../../vm/harmless.ts'
import { slowness } from '../../vm/slowness.ts'
import { quoted } from './quoted.ts'
import { failures, type ScenarioResult } from './result.ts'

/** The directory of a case that passed, or was never told, goes. */
export async function clearAway(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
}

/** `npx idmaplab` means the command of this checkout only inside it. */
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Leaves, beside the images and `console.log`: the result as `result.json`, the command that repeats the case as `repeat.sh`,
 * QEMU's command line, what was said on its monitor, and the kernel's report when it was in trouble. What can't be written is said in the result.
 */
export async function leaveArtifacts(
  directory: string,
  result: ScenarioResult,
  guest?: Pick<Guest, 'records'>,
): Promise<ScenarioResult> {
  const found = { ...result, artifacts: directory }
  const leave = (name: string, text: string, mode = 0o600) => writeFile(path.join(directory, name), text, { mode })
  try {
    await leave('result.json', `${JSON.stringify({ ...found, failures: failures(found) }, null, 2)}\n`)
    await leave('repeat.sh', `#!/bin/sh\ncd ${quoted(CHECKOUT)} && exec ${result.repeat}\n`, 0o700)
    for (const [name, text] of Object.entries(guest?.records() ?? {})) await leave(name, text)
    if (result.crash !== undefined) await leave('trace.txt', result.crash.trace.map(line => `${line}\n`).join(''))
    return found
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ...found, details: [...result.details, `not everything could be left in ${directory}: ${why}`] }
  }
}

/** How long a guest that may be in a bad way gets to say what its kernel logged, on an idle machine with KVM. */
const PATIENCE_MS = 500

/** Leaves the kernel's log as `dmesg.txt`, if the guest still answers. */
export async function leaveKernelLog(guest: Guest, directory: string): Promise<void> {
  const pieces: Buffer[] = []
  const argv = ['/idmaplab/busybox', 'dmesg']
  const log = guest.call('process.run', { actor: 0, argv, stdin: '' }, (_stream, data) => pieces.push(data))
  const late = new Promise<undefined>(resolve => {
    setTimeout(() => resolve(undefined), PATIENCE_MS * slowness(guest.accelerator)).unref()
  })
  const ended = await Promise.race([log.catch(() => undefined), late])
  if (ended === undefined) return
  await writeFile(path.join(directory, 'dmesg.txt'), harmless(Buffer.concat(pieces).toString('utf8'))).catch(() => {})
}

import { fileURLToPath } from 'node:url'
import { bundleForGuest } from './bundle.ts'
import type { Guest } from './guest.ts'

/** How a program ended, and what it wrote: the guest's words. */
export type ProgramEnd = {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

const PATH = '/idmaplab/program.mjs'
// As the agent's own Node: an emulated guest has to translate what V8 compiles, and takes 2 s to start it instead of 7.
const NODE = ['node', '--no-opt', '--no-sparkplug', PATH]

/** Runs a program of this checkout in the guest as its root: a process beside the agent, with the same `lib/`. */
export async function runProgram(guest: Guest, program: URL, args: readonly string[] = []): Promise<ProgramEnd> {
  const contents = Buffer.from(await bundleForGuest(fileURLToPath(program))).toString('base64')
  await guest.call('file.create', { actor: 0, path: PATH, contents, mode: 0o644 })
  const said = { stdout: '', stderr: '' }
  const end = await guest.call('process.run', { actor: 0, argv: [...NODE, ...args], stdin: '' }, (stream, data) => {
    said[stream] += data.toString()
  })
  await guest.call('file.unlink', { actor: 0, path: PATH })
  return { ...end, ...said }
}

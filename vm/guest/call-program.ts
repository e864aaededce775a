import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleForAgent } from './bundle.ts'
import type { Guest } from './guest.ts'

/**
 * Calls what a program of this checkout exports as `main`, in the agent's own process: it starts no Node, which takes an
 * emulated guest 2 s, and guests that need nothing of it don't have to read it. What comes back is the guest's, and to be checked.
 */
export async function callProgram(guest: Guest, program: URL, argument: unknown): Promise<unknown> {
  const file = fileURLToPath(program)
  const name = path.basename(file)
  const inGuest = sent.get(guest) ?? new Map<string, Promise<unknown>>()
  sent.set(guest, inGuest)
  if (!inGuest.has(name)) inGuest.set(name, send(guest, name, file))
  await inGuest.get(name)?.catch(error => {
    inGuest.delete(name)
    throw error
  })
  return guest.call('program.call', { name, argument })
}

const sent = new WeakMap<Guest, Map<string, Promise<unknown>>>()

async function send(guest: Guest, name: string, file: string): Promise<void> {
  await guest.call('program.load', { name, code: await bundleForAgent(file) })
}

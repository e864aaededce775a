import { arrivalOf } from './arrival.ts'
import type { AgentClient } from './client.ts'

/** By then the engine knows of each place in the code which kinds of values come by. */
const TIMES = 3
const FILE = '/tmp/rehearsal'

/**
 * Has the agent do what every case begins and ends with, before it is frozen: what was done once costs an emulated guest half
 * of that the next time. Nothing that is under test: the kernel makes no mount, no user namespace and no id map here.
 */
export async function rehearse(client: AgentClient): Promise<undefined> {
  const file = { actor: 0, path: FILE }
  for (let i = 0; i < TIMES; i++) {
    await client.call('guest.arrive', arrivalOf('a rehearsal', 0))
    const { actor } = await client.call('actor.user', { name: 'a rehearsal', within: 0, uid: 1, gid: 1, groups: [] })
    await client.call('file.create', { ...file, contents: '', mode: 0o644 })
    await client.call('file.stat', { actor, path: FILE })
    await client.call('file.read', file)
    await client.call('file.unlink', file)
    await client.call('actor.end', { actor })
    await client.call('process.endAll', { limitMs: 1000 })
  }
}

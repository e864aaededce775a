import path from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { arrivalOf, limitsHere } from '../guest/arrival.ts'
import { bundleLoader, bundleNative } from '../guest/bundle.ts'
import { AgentClient } from '../guest/client.ts'
import { pasteable } from '../guest/death-report.ts'
import type { Guest, SeededSpec } from '../guest/guest.ts'
import { answering, firstSaid, watch } from '../guest/running.ts'
import { guestRoot } from '../image/root.ts'
import type { Progress } from '../progress.ts'
import { slowness } from '../slowness.ts'
import type { NativeGift } from './gift.ts'
import { startNative } from './process.ts'
import { requireNative } from './requirements.ts'

const NOT_UP = 'The agent did not come up on this machine'

/**
 * What stands in for a guest on this machine's own kernel: the agent in mount, PID, IPC and UTS namespaces of its own, with the same
 * root as in a guest and the case's disks on loop devices. Rejects with a HarnessError. `unheard` is told when the kernel's log cannot be read.
 */
export async function openNative(
  spec: SeededSpec,
  { cache, progress }: { readonly cache: Cache; readonly progress: Progress },
  unheard: () => void,
): Promise<Guest> {
  requireNative()
  const { seed, disks } = spec
  const root = await guestRoot({ cache, progress })
  const [agent, loader] = await Promise.all([bundleNative(), bundleLoader(cache)])
  const given: NativeGift = { disks }
  const stage = path.dirname(spec.logFile)
  const process = startNative({
    root: { image: root.image, busybox: root.busybox, loader: loader.dir, stage },
    agent,
    given: JSON.stringify(given),
    disks,
  })
  if (!process.kernelHeard) unheard()
  try {
    const factor = slowness('native')
    const limits = limitsHere(factor, spec.limits)
    const client = new AgentClient(process.agent)
    const parts = watch({ process, client, output: process.console }, spec, factor)
    await firstSaid(parts, client.hello, limits.boot, NOT_UP)
    const { kernel } = await firstSaid(parts, client.call('guest.arrive', arrivalOf(seed, 0)), limits.boot, NOT_UP)
    const records = () => ({ 'command.txt': `${pasteable(process.commandLine)}\n` })
    const about = { accelerator: 'native', kernelRelease: kernel, seed, records } as const
    return answering(parts, { ...about, callLimit: limits.call })
  } catch (error) {
    await process.kill()
    throw error
  }
}

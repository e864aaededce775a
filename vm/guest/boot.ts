import type { Cache } from '../cache/cache.ts'
import { ROOT_SERIAL } from '../image/init-script.ts'
import { initramfs } from '../image/initramfs.ts'
import { guestRoot } from '../image/root.ts'
import type { Progress } from '../progress.ts'
import { type Accelerator, chooseAccelerator, KvmVerdict } from '../qemu/accelerator.ts'
import { qemuArguments } from '../qemu/argv.ts'
import { qemuVersion, startQemu } from '../qemu/process.ts'
import { slowness } from '../slowness.ts'
import { bundleAgent } from './bundle.ts'
import { AgentClient } from './client.ts'
import { isKvmFailure } from './death-report.ts'
import type { Guest, GuestSpec, Limits } from './guest.ts'
import { answering, firstSaid, watch } from './running.ts'

const usual: Limits = { boot: 12_000, call: 10_000 }
const MEMORY_MIB = 768

/** Boots a guest and waits for its agent's greeting. Rejects with a HarnessError that shows the console's end. */
export async function bootGuest(spec: GuestSpec, cache: Cache, progress: Progress): Promise<Guest> {
  const verdict = new KvmVerdict(cache.dir, await qemuVersion())
  const { accelerator, note } = chooseAccelerator(spec.accelerator, verdict)
  if (note !== undefined) progress.note(note)
  try {
    const guest = await boot(spec, accelerator, cache, progress)
    if (spec.accelerator === 'auto' && accelerator === 'kvm') verdict.remember(true)
    return guest
  } catch (error) {
    if (!(spec.accelerator === 'auto' && accelerator === 'kvm' && isKvmFailure(error))) throw error
    verdict.remember(false)
    progress.note(
      'KVM is here but does not work: a guest dies at once. Using TCG (emulation) from now on; it is slower.',
    )
    return boot(spec, 'tcg', cache, progress)
  }
}

async function boot(spec: GuestSpec, accelerator: Accelerator, cache: Cache, progress: Progress): Promise<Guest> {
  const root = await guestRoot({ cache, progress })
  const agent = await bundleAgent(cache)
  const start = await initramfs({ cache, kernel: spec.kernel, root, agent })
  const disks = [{ serial: ROOT_SERIAL, image: root.image, readOnly: true }, ...spec.disks]
  const machine = { accelerator, memoryMiB: MEMORY_MIB, kernel: spec.kernel.image, initramfs: start.path, disks }
  return progress.step(`boot Linux ${spec.kernel.version} (${accelerator})`, async () => {
    const qemu = startQemu(qemuArguments(machine))
    try {
      const client = new AgentClient(qemu.agent)
      const factor = slowness(accelerator)
      const parts = watch(qemu, client, spec, factor)
      const limits = { ...usual, ...spec.limits }
      const hello = await firstSaid(parts, client.hello, limits.boot * factor, 'The guest did not come up')
      const known = { accelerator, kernelRelease: hello.kernel, callLimit: limits.call * factor }
      return answering(parts, known)
    } catch (error) {
      await qemu.kill()
      throw error
    }
  })
}

import { randomBytes } from 'node:crypto'
import type { Cache } from '../cache/cache.ts'
import type { Progress } from '../progress.ts'
import { type Accelerator, chooseAccelerator, KvmVerdict } from '../qemu/accelerator.ts'
import { qemuVersion } from '../qemu/process.ts'
import { bootGuest } from './boot.ts'
import { isKvmFailure } from './death-report.ts'
import type { Guest, GuestSpec } from './guest.ts'
import { gather } from './ingredients.ts'
import { restoreGuest } from './restore.ts'
import { goldenSnapshot } from './snapshot.ts'

/** A fresh guest whose agent answers: restored from a snapshot, which is made if there is none; booted where that cannot be. Rejects with a HarnessError. */
export async function openGuest(spec: GuestSpec, cache: Cache, progress: Progress): Promise<Guest> {
  const verdict = new KvmVerdict(cache.dir, await qemuVersion())
  const { accelerator, note } = chooseAccelerator(spec.accelerator, verdict)
  if (note !== undefined) progress.note(note)
  const trying = spec.accelerator === 'auto' && accelerator === 'kvm' && verdict.get() === undefined
  try {
    const guest = await openWith(accelerator, spec, cache, progress)
    if (trying) verdict.remember(true)
    return guest
  } catch (error) {
    if (!(trying && isKvmFailure(error))) throw error
    verdict.remember(false)
    progress.note(
      'KVM is here but does not work: a guest dies at once. Using TCG (emulation) from now on; it is slower.',
    )
    return openWith('tcg', spec, cache, progress)
  }
}

async function openWith(accelerator: Accelerator, spec: GuestSpec, cache: Cache, progress: Progress): Promise<Guest> {
  const ingredients = await gather(spec.kernel, accelerator, { cache, progress })
  const seeded = { ...spec, seed: spec.seed ?? randomBytes(32).toString('hex') }
  if (spec.cold) return bootGuest(ingredients, seeded, progress)
  const snapshot = await goldenSnapshot(ingredients, spec.disks.length, { cache, progress })
  return restoreGuest(snapshot, ingredients, seeded)
}

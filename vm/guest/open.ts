import { randomInt } from 'node:crypto'
import type { Cache } from '../cache/cache.ts'
import type { Kernel } from '../kernel/source.ts'
import { openNative } from '../native/open.ts'
import type { Progress } from '../progress.ts'
import { type Accelerator, type AcceleratorChoice, chooseAccelerator, KvmVerdict } from '../qemu/accelerator.ts'
import { CannotFreeze } from '../qemu/migration.ts'
import { qemuVersion } from '../qemu/process.ts'
import { bootGuest } from './boot.ts'
import { isKvmFailure } from './death-report.ts'
import type { Guest, GuestSpec, SeededSpec } from './guest.ts'
import { gather, type Ingredients } from './ingredients.ts'
import { restoreGuest, type Snapshot } from './restore.ts'
import { goldenSnapshot } from './snapshot.ts'

type Opened<T> = { readonly opened: T; readonly accelerator: Accelerator }

/**
 * A fresh guest whose agent answers: restored from a snapshot, which is made if there is none; booted where that cannot be; none,
 * but for its agent, on this machine's own kernel. Rejects with a HarnessError.
 */
export async function openGuest(spec: GuestSpec, cache: Cache, progress: Progress): Promise<Guest> {
  const { kernel } = spec
  const seeded = { ...spec, seed: spec.seed ?? String(randomInt(2 ** 31)) }
  if ('native' in kernel) return openNative(seeded, { cache, progress }, () => noteOnce(UNHEARD, progress))
  return openInGuest({ ...seeded, kernel }, cache, progress)
}

const UNHEARD = 'The kernel’s log (/dev/kmsg) cannot be read here, so trouble of the kernel is not noticed.'

async function openInGuest(spec: BootedSpec, cache: Cache, progress: Progress): Promise<Guest> {
  const verdict = new KvmVerdict(cache.dir, await qemuVersion())
  const open = (accelerator: Accelerator) => openWith(accelerator, spec, cache, progress)
  const { opened, accelerator } = await withoutBrokenKvm(spec.accelerator, verdict, progress, open)
  if (accelerator === 'kvm' && spec.accelerator === 'auto' && verdict.get() === undefined) verdict.remember(true)
  return opened
}

/** Makes the snapshot from which guests of this kernel are restored, unless it is there or none can be made. Rejects as {@link openGuest} does. */
export async function makeSnapshot(spec: GuestSpec, cache: Cache, progress: Progress): Promise<void> {
  const { kernel } = spec
  if (spec.cold || 'native' in kernel) return
  const verdict = new KvmVerdict(cache.dir, await qemuVersion())
  await withoutBrokenKvm(spec.accelerator, verdict, progress, async accelerator => {
    await snapshotIfAny(await gather(kernel, accelerator, { cache, progress }), spec, { cache, progress })
  })
}

/** Where the choice is ours and KVM turns out not to work, that is remembered, and `open` is called once more without it. */
async function withoutBrokenKvm<T>(
  choice: AcceleratorChoice,
  verdict: KvmVerdict,
  progress: Progress,
  open: (accelerator: Accelerator) => Promise<T>,
): Promise<Opened<T>> {
  const { accelerator, note } = chooseAccelerator(choice, verdict)
  if (note !== undefined) noteOnce(note, progress)
  try {
    return { opened: await open(accelerator), accelerator }
  } catch (error) {
    const trying = choice === 'auto' && accelerator === 'kvm' && verdict.get() === undefined
    if (!(trying && isKvmFailure(error))) throw error
    const opened = await open('tcg')
    // Only now: a kernel that says nothing under either is the kernel's fault.
    verdict.remember(false)
    progress.note(
      'KVM is here but does not work: a guest dies at once. Using TCG (emulation) from now on; it is slower.',
    )
    return { opened, accelerator: 'tcg' }
  }
}

type BootedSpec = SeededSpec & { readonly kernel: Kernel }

const noted = new Set<string>()

function noteOnce(line: string, progress: Progress): void {
  if (!noted.has(line)) progress.note(line)
  noted.add(line)
}

async function openWith(accelerator: Accelerator, spec: BootedSpec, cache: Cache, progress: Progress): Promise<Guest> {
  const ingredients = await gather(spec.kernel, accelerator, { cache, progress })
  const snapshot = spec.cold ? undefined : await snapshotIfAny(ingredients, spec, { cache, progress })
  return snapshot === undefined ? bootGuest(ingredients, spec, progress) : restoreGuest(snapshot, ingredients, spec)
}

/** Kernels this process could freeze no guest of, each with how it runs. Of another it is tried again: it may have been this one's fault, or chance. */
const impossible = new Set<string>()

async function snapshotIfAny(
  ingredients: Ingredients,
  spec: GuestSpec,
  context: { readonly cache: Cache; readonly progress: Progress },
): Promise<Snapshot | undefined> {
  const guests = `${ingredients.accelerator} ${ingredients.kernel.id}`
  if (impossible.has(guests)) return undefined
  if (ingredients.diskBus === 'nvme') {
    noteOnce(
      `QEMU can’t freeze NVMe disks, and Linux ${ingredients.kernel.version} has no driver for others: its guests boot, which takes longer.`,
      context.progress,
    )
    return undefined
  }
  try {
    return await goldenSnapshot(ingredients, spec, context)
  } catch (error) {
    if (!(error instanceof CannotFreeze)) throw error
    impossible.add(guests)
    const instead = `Guests of Linux ${ingredients.kernel.version} boot instead, which takes longer.`
    noteOnce(`${error.message} ${instead}`, context.progress)
    return undefined
  }
}

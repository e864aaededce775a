import { createHash } from 'node:crypto'
import type { Execution } from './qemu/accelerator.ts'

/** What {@link measure} takes on an idle machine of 2020's middle class, in milliseconds. */
const REFERENCE_MS = 20
const BYTES = 8 * 1024 * 1024
/** Emulation without KVM, measured over boots of Debian's kernels: 10 to 20 times. */
const TCG_FACTOR = 15
const MOST = 20

let machine: number | undefined

/** How many times longer than on an idle machine with KVM (or natively) things may take here; every time limit is multiplied by it. */
export function slowness(accelerator: Execution): number {
  machine ??= Math.min(MOST, Math.max(1, measure() / REFERENCE_MS))
  return machine * (accelerator === 'tcg' ? TCG_FACTOR : 1)
}

function measure(): number {
  const data = Buffer.alloc(BYTES)
  const start = performance.now()
  createHash('sha256').update(data).digest()
  return performance.now() - start
}

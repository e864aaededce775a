import type { GuestDisk } from '../qemu/argv.ts'

/** Descriptors the agent inherits: the other ends of the harness's sockets, and from the last one on the images of the case's disks. */
export const NativeFd = { agent: 3, terminal: 4, firstDisk: 5 } as const

/** What the agent is told when it starts, as JSON in `$GIVEN`. */
export type NativeGift = {
  /** In the order of their descriptors. */
  readonly disks: readonly Pick<GuestDisk, 'serial' | 'readOnly'>[]
}

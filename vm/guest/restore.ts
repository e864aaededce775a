import { thaw } from '../qemu/migration.ts'
import { arrive, type Started, started } from './arrival.ts'
import type { Guest, GuestSpec, SeededSpec } from './guest.ts'
import { type Ingredients, machineOf } from './ingredients.ts'

/** A guest that waits, frozen: for its agent, or with its agent for a case. */
export type Snapshot = {
  /** Absolute path of the guest's memory, a sparse file that is never written again. */
  readonly ram: string
  /** What QEMU said of its devices. */
  readonly state: Buffer
  /** How many disks a case may have. */
  readonly slots: number
}

const NOT_RESTORED = 'The guest could not be restored from its snapshot'

/** Runs a private copy of a snapshot with the agent in it, with the case's disks. Rejects with a HarnessError. */
export function restoreGuest(snapshot: Snapshot, ingredients: Ingredients, spec: SeededSpec): Promise<Guest> {
  const running = { ...snapshot, share: false }
  return thawed(running, ingredients, spec, guest => arrive(guest, ingredients, spec, NOT_RESTORED))
}

/** `share`: what the guest writes goes into the memory's file, and the snapshot is one no more. */
type Thawing = Snapshot & { readonly share: boolean }

/** Lets a snapshot run with these disks, and `work` with it; QEMU is killed if that fails. */
export function thawed<T>(
  { ram, state, slots, share }: Thawing,
  ingredients: Ingredients,
  spec: GuestSpec & { readonly cwd?: string },
  work: (guest: Started) => Promise<T>,
): Promise<T> {
  const empty = Array.from({ length: slots - spec.disks.length }, () => 'empty' as const)
  const machine = machineOf(ingredients, {
    start: 'incoming',
    memory: { path: ram, share },
    disks: [...spec.disks, ...empty],
  })
  return started(machine, spec, guest => {
    const { qmp, state: stream } = guest.qemu
    // QEMU passes on what the guest is sent when it runs. A state it does not take ends it, and so `work`, with its words.
    thaw(qmp, stream, state).catch(() => qmp.execute('quit').catch(() => {}))
    return work(guest)
  })
}

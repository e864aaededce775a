import { thaw } from '../qemu/migration.ts'
import { admit, started } from './arrival.ts'
import type { Guest, SeededSpec } from './guest.ts'
import { type Ingredients, machineOf } from './ingredients.ts'

/** A guest that waits for its agent, frozen. */
export type Snapshot = {
  /** Absolute path of the guest's memory, a sparse file that is never written again. */
  readonly ram: string
  /** What QEMU said of its devices. */
  readonly state: Buffer
  /** How many disks a case may have. */
  readonly slots: number
}

const NOT_RESTORED = 'The guest could not be restored from its snapshot'

/** Runs a private copy of a snapshot, with the case's disks in it. Rejects with a HarnessError. */
export function restoreGuest(snapshot: Snapshot, ingredients: Ingredients, spec: SeededSpec): Promise<Guest> {
  const empty = Array.from({ length: snapshot.slots - spec.disks.length }, () => 'empty' as const)
  const machine = machineOf(ingredients, {
    start: 'incoming',
    memory: { path: snapshot.ram, share: false },
    disks: [...spec.disks, ...empty],
  })
  return started(machine, spec, async guest => {
    const { qmp, state } = guest.qemu
    // QEMU passes on what the agent is sent when the guest runs. A state it does not take ends it, and so `admit`, with its words.
    thaw(qmp, state, snapshot.state).catch(() => qmp.execute('quit').catch(() => {}))
    return admit(guest, ingredients, spec, NOT_RESTORED)
  })
}

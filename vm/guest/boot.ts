import type { Progress } from '../progress.ts'
import { admit, arrive, started } from './arrival.ts'
import type { Guest, SeededSpec } from './guest.ts'
import { type Ingredients, machineOf } from './ingredients.ts'
import { firstSaid } from './running.ts'

const NOT_UP = 'The guest did not come up'

/** Boots a guest with the case's disks in it. Rejects with a HarnessError that shows the console's end. */
export function bootGuest(ingredients: Ingredients, spec: SeededSpec, progress: Progress): Promise<Guest> {
  const { kernel, accelerator } = ingredients
  const machine = machineOf(ingredients, { start: 'boot', disks: spec.disks })
  return progress.step(`boot Linux ${kernel.version} (${accelerator})`, () =>
    started(machine, spec, async guest => {
      await firstSaid(guest, guest.client.ready, guest.limits.boot, NOT_UP)
      await admit(guest, ingredients, NOT_UP)
      return arrive(guest, ingredients, spec, NOT_UP)
    }),
  )
}

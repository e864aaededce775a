import { type HotpluggedMount, hotplugMount } from '../../../lib/kernel/hotplug.ts'
import type { Requests } from '../protocol.ts'
import { pidOf } from './actors.ts'
import { toPair } from './wire.ts'

const plugged = new Map<string, HotpluggedMount>()

/** Puts a mount with a map into the running container of an actor. */
export function plug({ actor, source, target, map }: Requests['mount.plug']): void {
  const pid = pidOf(actor)
  const from = map === 'passthrough' ? { passthrough: pid } : { map: toPair<'disk', 'host'>(map) }
  plugged.set(`${actor} ${target}`, hotplugMount({ ...from, pid, source, target }))
}

/** Takes it out again. EBUSY: something in it is in use. */
export function unplug({ actor, target }: Requests['mount.unplug']): void {
  const mount = plugged.get(`${actor} ${target}`)
  if (mount === undefined) throw new Error(`nothing was plugged in at ${target}`)
  mount.close()
  plugged.delete(`${actor} ${target}`)
}

import type { IdMapPair } from '../../lib/idmap/pair.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { Actor } from './actor.ts'
import { Container, insideOf, type Surroundings } from './container.ts'
import type { Ledger } from './ledger.ts'
import { diskToHost } from './maps-in-play.ts'
import type { Places } from './places.ts'
import { readMountPoint } from './proxmox-config.ts'
import { type Sabotage, sabotageMap } from './sabotage.ts'
import { toWire } from './wire.ts'

/** What a container with mount points of its own is made of. */
export type ProxmoxParts = {
  readonly idmap: IdMapPair<'container', 'host'>
  readonly pid: number
  readonly guest: Guest
  readonly ledger: Ledger
  readonly sabotage: Sabotage | undefined
  /** Where what the container sees lies, by the container's paths; and what the host sees, by the host's. */
  readonly inside: Places
  readonly outside: Places
} & Pick<Surroundings, 'hostActor' | 'user'>

/** A container with a root file system and mount points that nobody but it has. Its tables name the container's own paths; the host looks in from outside. */
export class ProxmoxContainer extends Container {
  readonly #parts: ProxmoxParts

  constructor(name: string, root: Actor, parts: ProxmoxParts) {
    const { inside, pid } = parts
    super(name, root, { ...parts, locate: insideOf(name, pid, inside) })
    this.#parts = parts
  }

  /** Of its first process, as the host numbers it. */
  get pid(): number {
    return this.#parts.pid
  }

  /** Puts a mount point with a map into the running container: `mp1: /srv/stick,mp=/stick,idmap=u:0:1000:1`. */
  async plug(text: string): Promise<void> {
    const { idmap, guest, ledger, sabotage, inside, outside } = this.#parts
    const { source, target, map } = readMountPoint(text, idmap)
    if (map === undefined) throw new TypeError(`${target} is plugged in without a map`)
    const wire = map === 'passthrough' ? map : toWire(sabotageMap(map, sabotage))
    const plug = () => guest.call('mount.plug', { actor: this.root.id, source, target, map: wire })
    ledger.maps.show(`${this.name}:${target}`, diskToHost(wire, toWire(idmap)))
    await this.#asHostRoot(`plug ${source} into ${this.name} at ${target}`, plug)
    inside.show(target, outside.layersOf(source))
  }

  /** Takes it out again. */
  async unplug(target: string): Promise<void> {
    const { guest, ledger, inside } = this.#parts
    await this.#asHostRoot(`unplug ${target} from ${this.name}`, () =>
      guest.call('mount.unplug', { actor: this.root.id, target }),
    )
    ledger.maps.hide(`${this.name}:${target}`)
    inside.hide(target)
  }

  #asHostRoot(operation: string, attempt: () => Promise<unknown>): Promise<void> {
    return this.#parts.ledger.mustSucceed(`host root: ${operation}`, attempt, { actor: 'host root', operation })
  }
}

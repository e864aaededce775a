import type { IdMapPair } from '../../lib/idmap/pair.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { ActorId } from '../../vm/guest/protocol.ts'
import { Actor } from './actor.ts'
import { belowHostRoot, Container } from './container.ts'
import type { Ledger } from './ledger.ts'
import { Lxc } from './lxc.ts'
import { diskToHost } from './maps-in-play.ts'
import { Places } from './places.ts'
import { type ProxmoxMount, readProxmoxConfig } from './proxmox-config.ts'
import { ProxmoxContainer } from './proxmox-container.ts'
import { type Sabotage, sabotageMap } from './sabotage.ts'
import { toWire } from './wire.ts'

export type ContainerOptions = {
  readonly idmap: IdMapPair<'container', 'host'>
  readonly root?: string
  readonly within?: Container
}

export type UserOptions = { readonly gid?: number; readonly groups?: readonly number[]; readonly within?: Actor }

export type RunningContainer = { readonly name: string; readonly pid: number }

type ContainersParts = {
  readonly guest: Guest
  readonly ledger: Ledger
  /** What the host sees. */
  readonly places: Places
  readonly sabotage: Sabotage | undefined
  readonly hostRoot: Actor
  /** The host's name, where a story has several. */
  readonly machine: string | undefined
}

/** The containers and users of a host, whoever starts them. */
export class Containers {
  readonly #parts: ContainersParts
  readonly #actors: ActorId[] = []
  readonly #running: RunningContainer[] = []
  /** Where on the host the root directory of each is; null where it is the host's. */
  readonly #roots = new WeakMap<Container, string | null>()

  constructor(parts: ContainersParts) {
    this.#parts = parts
  }

  /** Those that were started, with the pid of each one's root. */
  get running(): readonly RunningContainer[] {
    return this.#running
  }

  /** Namespaces and a root directory, and no more. */
  async start(name: string, options: ContainerOptions): Promise<Container> {
    const { guest, ledger, places, machine } = this.#parts
    const root = options.root ?? this.#rootOf(options.within)
    const within = options.within === undefined ? {} : { within: options.within.root.id }
    const idmap = toWire(options.idmap)
    ledger.maps.enter(name, idmap, { root: root ?? '', within: options.within?.name })
    const request = { name: `${name} root`, idmap, root, ...within }
    const { actor, pid } = await ledger.during(() => guest.call('actor.container', request))
    const container = new Container(name, this.#entered(name, actor, pid), {
      locate: belowHostRoot(root ?? '/', places, machine),
      ...this.#around,
    })
    this.#roots.set(container, root)
    return container
  }

  /** From its Proxmox configuration. */
  async startProxmox(name: string, text: string): Promise<ProxmoxContainer> {
    const { guest, ledger, places: outside, sabotage } = this.#parts
    const { idmap, mounts } = readProxmoxConfig(text)
    const inside = new Places()
    for (const { source, target } of mounts) inside.show(target, outside.layersOf(source))
    const request = { name: `${name} root`, idmap: toWire(idmap), mountPoints: mounts.map(mount => this.#wired(mount)) }
    ledger.maps.enter(name, request.idmap, { root: `${name}:` })
    for (const { target, map } of request.mountPoints)
      ledger.maps.show(`${name}:${target}`, diskToHost(map, request.idmap))
    const { actor, pid } = await ledger.during(() => guest.call('container.start', request))
    const root = this.#entered(name, actor, pid)
    return new ProxmoxContainer(name, root, { idmap, pid, guest, sabotage, inside, outside, ...this.#around })
  }

  lxc(starter: Actor): Lxc {
    const { guest, places } = this.#parts
    return new Lxc(starter, {
      ...{ guest, places, ...this.#around },
      started: ({ name, pid, root }) => this.#note(name, root.id, pid),
    })
  }

  async user(uid: number, options: UserOptions = {}): Promise<Actor> {
    const { guest, ledger, hostRoot } = this.#parts
    const { gid = uid, groups = [], within = hostRoot } = options
    const name = `${within.name.replace(/ root$/, '')} uid ${uid}`
    const { actor } = await guest.call('actor.user', { name, within: within.id, uid, gid, groups })
    this.#actors.push(actor)
    return new Actor(name, actor, guest, ledger)
  }

  /** Ends the last one first, since a container may be inside another. */
  async end(): Promise<void> {
    for (const actor of this.#actors.splice(0).reverse()) await this.#parts.guest.call('actor.end', { actor })
  }

  get #around() {
    const { ledger, hostRoot: hostActor } = this.#parts
    const user = (uid: number, who: UserOptions) => this.user(uid, who)
    return { ledger, hostActor, user }
  }

  #entered(name: string, actor: ActorId, pid: number): Actor {
    this.#note(name, actor, pid)
    return new Actor(`${name} root`, actor, this.#parts.guest, this.#parts.ledger)
  }

  #note(name: string, actor: ActorId, pid: number): void {
    this.#actors.push(actor)
    this.#running.push({ name, pid })
  }

  #rootOf(container: Container | undefined): string | null {
    return container === undefined ? null : (this.#roots.get(container) ?? null)
  }

  #wired({ source, target, map }: ProxmoxMount) {
    if (map === undefined || map === 'passthrough') return { source, target, map: map ?? null }
    return { source, target, map: toWire(sabotageMap(map, this.#parts.sabotage)) }
  }
}

import path from 'node:path'
import type { Actor } from './actor.ts'
import { lookAt } from './aspect.ts'
import { parseExpectations } from './expectation.ts'
import { checkInspection } from './inspection.ts'
import type { Ledger } from './ledger.ts'
import { foundOnDisk, type Layer, type Places } from './places.ts'

type Identity = { readonly gid?: number; readonly groups?: readonly number[] }
/** A path of a story's table: how reports name it, and where host, container and disk have it. */
type Sight = {
  readonly shown: string
  readonly hostPath: string
  readonly containerPath: string
  readonly layers: readonly Layer[]
}

export type Surroundings = {
  readonly locate: (path: string) => Sight
  readonly hostActor: Actor
  readonly ledger: Ledger
  readonly user: (uid: number, who: Identity & { within: Actor }) => Promise<Actor>
}

/** For a container whose root directory is a directory of the host's: tables name the host's paths, after the machine's name if it has one. */
export function belowHostRoot(hostRoot: string, places: Places, machine?: string): Surroundings['locate'] {
  return hostPath => {
    const below = path.posix.relative(hostRoot, hostPath)
    if (below.startsWith('..')) throw new TypeError(`${hostPath} is outside of the container's root ${hostRoot}`)
    return {
      shown: `${machine === undefined ? '' : `${machine}:`}${hostPath.replace(/(.)\/$/, '$1')}`,
      hostPath,
      containerPath: path.posix.join('/', below),
      layers: places.layersOf(hostPath.replace(/\/$/, '')),
    }
  }
}

/** For a container with mounts of its own: tables name the container's paths, and the host looks through process `pid` of it. */
export function insideOf(name: string, pid: number, inside: Places): Surroundings['locate'] {
  return containerPath => ({
    shown: `${name}:${containerPath}`,
    hostPath: `/proc/${pid}/root${containerPath}`,
    containerPath,
    layers: inside.layersOf(containerPath.replace(/\/$/, '')),
  })
}

/** A container: its root is a process in a user and a mount namespace of its own. */
export class Container {
  readonly name: string
  readonly root: Actor
  readonly #around: Surroundings

  constructor(name: string, root: Actor, around: Surroundings) {
    this.name = name
    this.root = root
    this.#around = around
  }

  /** An ordinary user of the container, ids as the container numbers them; the gid is the uid unless said. */
  user(uid: number, options: Identity = {}): Promise<Actor> {
    return this.#around.user(uid, { ...options, within: this.root })
  }

  /**
   * Every path of the table, below the directory its heading begins with, belongs to whom it says: on the disk, for
   * the host, and in this container. Host and container are asked now; the disk when the guest has let go of it.
   */
  sees(table: string): Promise<void> {
    return this.#around.ledger.during(() => this.#look(table))
  }

  /** The container's root is told this owner of a path by stat(2), and these sentences by `inspect`, a line each. */
  inspects(path: string, owner: string, sentences: string): Promise<void> {
    const { ledger, locate } = this.#around
    const { containerPath, layers } = locate(path)
    return checkInspection({ actor: this.root, ledger, path: containerPath, layers }, owner, sentences)
  }

  async #look(table: string): Promise<void> {
    const { hostActor, ledger, locate } = this.#around
    const { place, rows } = parseExpectations(table)
    for (const expected of rows) {
      const { shown, hostPath, containerPath, layers } = locate(path.posix.join(place, expected.path))
      const { aspect } = expected
      const seen = {
        path: aspect === 'owner' ? shown : `${shown} [${aspect}]`,
        host: { expected: expected.host, found: await hostActor.told(hostPath, aspect) },
        container: { expected: expected.container, found: await this.root.told(containerPath, aspect) },
      }
      const diskFound = async () => asSaid(await foundOnDisk(layers, aspect), expected.disk, layers)
      const act = { actor: this.root.name, operation: `${lookAt(aspect)} ${containerPath}`, path: containerPath }
      ledger.row(seen, expected.disk, diskFound, act)
    }
  }
}

// The disk's name counts only where the table says one.
function asSaid(found: string, expected: string, layers: readonly Layer[]): string {
  if (layers.some(({ label }) => expected.startsWith(`${label} `))) return found
  const label = layers.find(layer => found.startsWith(`${layer.label} `))?.label
  return label === undefined ? found : found.slice(label.length + 1)
}

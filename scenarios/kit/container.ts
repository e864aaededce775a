import path from 'node:path'
import type { Actor } from './actor.ts'
import { parseExpectations } from './expectation.ts'
import type { Ledger } from './ledger.ts'
import { type Layer, ownerOnDisk, type Places } from './places.ts'

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

/** For a container whose root directory is a directory of the host's: tables name the host's paths. */
export function belowHostRoot(hostRoot: string, places: Places): Surroundings['locate'] {
  return hostPath => {
    const below = path.posix.relative(hostRoot, hostPath)
    if (below.startsWith('..')) throw new TypeError(`${hostPath} is outside of the container's root ${hostRoot}`)
    return {
      shown: hostPath.replace(/(.)\/$/, '$1'),
      hostPath,
      containerPath: path.posix.join('/', below),
      layers: places.layersOf(hostPath.replace(/\/$/, '')),
    }
  }
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

  async #look(table: string): Promise<void> {
    const { hostActor, ledger, locate } = this.#around
    const { place, rows } = parseExpectations(table)
    for (const expected of rows) {
      const { shown, hostPath, containerPath, layers } = locate(path.posix.join(place, expected.path))
      const seen = {
        path: shown,
        host: { expected: expected.host, found: await hostActor.ownerOf(hostPath) },
        container: { expected: expected.container, found: await this.root.ownerOf(containerPath) },
      }
      const diskFound = async () => withoutLabel(await ownerOnDisk(layers), expected.disk)
      const { name: actor } = this.root
      ledger.row(seen, expected.disk, diskFound, { actor, operation: `stat ${containerPath}`, path: containerPath })
    }
  }
}

// The disk's name counts only where the table says it.
function withoutLabel(found: string, expected: string): string {
  return expected.includes(' ') ? found : (found.split(' ').at(-1) ?? found)
}

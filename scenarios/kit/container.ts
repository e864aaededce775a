import path from 'node:path'
import type { Actor } from './actor.ts'
import { parseExpectations } from './expectation.ts'
import type { Ledger } from './ledger.ts'
import { ownerOnDisk, type Places } from './places.ts'

type Identity = { readonly gid?: number; readonly groups?: readonly number[] }
type Surroundings = {
  /** The container's root directory, as the host calls it. */
  readonly hostRoot: string
  readonly hostActor: Actor
  readonly places: Places
  readonly ledger: Ledger
  readonly user: (uid: number, who: Identity & { within: Actor }) => Promise<Actor>
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
   * Every path of the table, below the host's directory its heading begins with, belongs to whom it says: on the disk, for
   * the host, and in this container. Host and container are asked now; the disk when the guest has let go of it.
   */
  sees(table: string): Promise<void> {
    return this.#around.ledger.during(() => this.#look(table))
  }

  async #look(table: string): Promise<void> {
    const { hostActor, places, ledger, hostRoot } = this.#around
    const { place, rows } = parseExpectations(table)
    for (const expected of rows) {
      const hostPath = path.posix.join(place, expected.path)
      const below = path.posix.relative(hostRoot, hostPath)
      if (below.startsWith('..')) throw new TypeError(`${hostPath} is outside of the container's root ${hostRoot}`)
      const containerPath = path.posix.join('/', below)
      const layers = places.layersOf(hostPath.replace(/\/$/, ''))
      const seen = {
        path: hostPath.replace(/(.)\/$/, '$1'),
        host: { expected: expected.host, found: await hostActor.ownerOf(hostPath) },
        container: { expected: expected.container, found: await this.root.ownerOf(containerPath) },
      }
      ledger.row(seen, expected.disk, async () => withoutLabel(await ownerOnDisk(layers), expected.disk))
    }
  }
}

// The disk's name counts only where the table says it.
function withoutLabel(found: string, expected: string): string {
  return expected.includes(' ') ? found : (found.split(' ').at(-1) ?? found)
}

import path from 'node:path'
import { composePair } from '../../lib/idmap/pair.ts'
import { toPair } from '../../vm/guest/agent/wire.ts'
import type { WireMapPair } from '../../vm/guest/protocol.ts'
import type { Trial } from './result.ts'
import { toWire } from './wire.ts'

/**
 * The maps a story has made so far, by where they matter. A place is a path of the host; of a container that has its mounts to
 * itself, `NAME:` and a path of the container.
 */
export class MapsInPlay {
  readonly #containers = new Map<string, { readonly map: WireMapPair; readonly root: string }>()
  readonly #mounts = new Map<string, WireMapPair | undefined>()

  /**
   * A container with this map, whose paths lie below the place `root`. The map is container → host; of one `within` another it
   * leads to ids inside that one, as the kernel has it, and what counts is the way down to the host's.
   */
  enter(name: string, map: WireMapPair, { root, within }: { root: string; within?: string | undefined }): void {
    const around = within === undefined ? undefined : this.#containers.get(within)
    this.#containers.set(name, { map: around === undefined ? map : downToHost(map, around.map), root })
  }

  /** What is mounted at `place` has this map, disk → host, or none. */
  show(place: string, map: WireMapPair | undefined): void {
    this.#mounts.set(normal(place), map)
  }

  /** The mount at `place` is gone. */
  hide(place: string): void {
    this.#mounts.delete(normal(place))
  }

  /** The machine that all of them were on is switched off. */
  forget(): void {
    this.#containers.clear()
    this.#mounts.clear()
  }

  /** The map of the mount that `place` is on. */
  at(place: string): WireMapPair | undefined {
    const wanted = normal(place)
    const [mount] = [...this.#mounts.keys()]
      .filter(target => wanted === target || wanted.startsWith(target.replace(/\/?$/, '/')))
      .sort((a, b) => b.length - a.length)
    return mount === undefined ? undefined : this.#mounts.get(mount)
  }

  /** The maps between what this actor says and what is on the disk, at one of the actor's own paths. */
  of(actor: string, ownPath?: string): Trial['maps'] {
    const container = this.#containers.get(actor.replace(/ (root|uid \d+)$/, ''))
    const diskToHost = ownPath === undefined ? undefined : this.at(`${container?.root ?? ''}${ownPath}`)
    return {
      ...(container === undefined ? {} : { containerToHost: container.map }),
      ...(diskToHost === undefined ? {} : { diskToHost }),
    }
  }
}

/** The map of a mount that was asked for in these words, disk → host: `passthrough` shows a container its own ids. */
export function diskToHost(
  map: WireMapPair | 'passthrough' | null,
  containerToHost: WireMapPair,
): WireMapPair | undefined {
  return map === 'passthrough' ? containerToHost : (map ?? undefined)
}

function downToHost(inner: WireMapPair, around: WireMapPair): WireMapPair {
  return toWire(composePair(toPair<'inner', 'container'>(inner), toPair<'container', 'host'>(around)))
}

function normal(place: string): string {
  const { whose = '', below = place } = /^(?<whose>[^/]*:)(?<below>\/.*)$/s.exec(place)?.groups ?? {}
  return `${whose}${path.posix.normalize(below).replace(/(.)\/$/, '$1')}`
}

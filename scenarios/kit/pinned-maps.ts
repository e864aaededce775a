import type { IdMapPair } from '../../lib/idmap/pair.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { WireMapPair } from '../../vm/guest/protocol.ts'
import { runProgram } from '../../vm/guest/run-program.ts'
import type { Ledger } from './ledger.ts'
import type { MountingParts } from './mounting.ts'
import { type Sabotage, sabotageMap } from './sabotage.ts'
import { toWire } from './wire.ts'

const NAME_MAP = new URL('../../vm/guest/programs/name-map.ts', import.meta.url)

type PinnedMapsParts = {
  readonly guest: Guest
  readonly ledger: Ledger
  readonly sabotage: Sabotage | undefined
  /** Does something that leaves a mount at `target`. */
  readonly attach: MountingParts['attempt']
  /** Told of a mount that came about otherwise. */
  readonly mounted: (target: string) => void
}

/** Maps that outlive who made them: each is a user namespace that is pinned, mounted at a path. */
export class PinnedMaps {
  readonly #parts: PinnedMapsParts
  /** Those with names, and where they are pinned. */
  readonly #named = new Map<string, { readonly pinned: string; readonly map: WireMapPair }>()

  constructor(parts: PinnedMapsParts) {
    this.#parts = parts
  }

  /** Gives a map a name, in a process that is killed right after. */
  async name(name: string, map: IdMapPair<'disk', 'host'>): Promise<void> {
    const { guest, ledger, mounted } = this.#parts
    const wire = this.#wired(map)
    const maker = await ledger.during(() => runProgram(guest, NAME_MAP, [name, JSON.stringify(wire)]))
    ledger.check(
      `the process that named the map ${name}`,
      'killed by SIGKILL',
      maker.signal === null ? `exit code ${maker.code}: ${maker.stderr.slice(-500)}` : `killed by ${maker.signal}`,
      { actor: 'host root', operation: `name the map ${name}` },
    )
    this.#named.set(name, { pinned: maker.stdout, map: wire })
    if (maker.stdout !== '') mounted(maker.stdout)
  }

  /** An idmapped mount with the map of this name; who mounts opens the path it is pinned at. */
  async mount(source: string, target: string, name: string): Promise<void> {
    const { guest, ledger, attach } = this.#parts
    const { pinned = '', map } = this.#named.get(name) ?? {}
    ledger.maps.show(target, map)
    await attach(`mount of ${source} at ${target} with the map ${name}`, target, () =>
      guest.call('mount.idmappedBy', { source, target, pinned }),
    )
  }

  /** Pins a map at `path`, without a name. */
  async pin(path: string, map: IdMapPair<'disk', 'host'>): Promise<void> {
    const { guest, ledger, attach } = this.#parts
    const wire = this.#wired(map)
    ledger.maps.show(path, wire)
    await attach(`pin a map at ${path}`, path, () => guest.call('map.pin', { map: wire, path }))
  }

  #wired(map: IdMapPair<'disk', 'host'>): WireMapPair {
    return toWire(sabotageMap(map, this.#parts.sabotage))
  }
}

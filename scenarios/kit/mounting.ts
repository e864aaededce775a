import type { IdMapPair } from '../../lib/idmap/pair.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import { Container } from './container.ts'
import type { MapsInPlay } from './maps-in-play.ts'
import type { CaseDisk, Places } from './places.ts'
import { type Sabotage, sabotageMap } from './sabotage.ts'
import { toWire } from './wire.ts'

type OverlayLayers = { readonly lower: string; readonly upper: string; readonly work: string }

/** A file system to be made for a container, which its superblock will belong to. */
type Delegation = {
  /** The kernel's name of the file system. */
  readonly type: 'tmpfs' | 'overlay' | 'ext4' | 'vfat'
  readonly owner: Container
  /** As fsconfig(2) takes them, a flag as `true`. */
  readonly options?: Readonly<Record<string, string | true>>
  /** What a file system on a disk is made from. */
  readonly disk?: CaseDisk
  /** Who says FSCONFIG_CMD_CREATE to what was opened in the container; its owner unless said. */
  readonly createdBy?: 'owner' | 'host'
}

/** How the host makes things visible. */
export type Mounting = {
  /** Mounts a disk; a vfat disk with its owner as `uid=` and `gid=` and umask 022. */
  mount(disk: CaseDisk, target: string, options?: { readOnly?: boolean }): Promise<void>
  /** Makes `source` visible at `target` too, its ids as they are. */
  bind(source: string, target: string): Promise<void>
  /** Makes `source` visible at `target` with its ids mapped, disk → host: an idmapped mount. A container stands for its own user namespace. */
  idmappedMount(source: string, target: string, map: IdMapPair<'disk', 'host'> | Container): Promise<void>
  /** Mounts an overlay of directories. */
  overlay(target: string, layers: OverlayLayers): Promise<void>
  /** Makes a file system inside a container's user namespace (fsopen, fsconfig), and mounts it from outside (fsmount). */
  delegatedMount(target: string, delegation: Delegation): Promise<void>
}

/** What a mounting works on. `attempt` does one, and is told how reports name it. */
export type MountingParts = {
  readonly guest: Guest
  readonly places: Places
  readonly maps: MapsInPlay
  readonly sabotage: Sabotage | undefined
  readonly attempt: (claim: string, target: string, act: () => Promise<unknown>) => Promise<void>
}

export function mountingWith({ guest, places, maps, sabotage, attempt }: MountingParts): Mounting {
  const call: Guest['call'] = guest.call.bind(guest)
  return {
    async mount(disk, target, { readOnly = false } = {}) {
      const { spec, name } = disk
      places.mountDisk(target, disk)
      maps.show(target, undefined)
      const options = spec.fs === 'vfat' ? `uid=${spec.uid},gid=${spec.gid},umask=0022` : ''
      const source = await call('disk.device', { serial: name })
      const params = { source, target, type: spec.fs, options, readOnly }
      await attempt(`mount ${name} at ${target}`, target, () => call('mount.filesystem', params))
    },
    async bind(source, target) {
      places.alias(target, source)
      maps.show(target, maps.at(source))
      await attempt(`bind ${source} at ${target}`, target, () => call('mount.bind', { source, target }))
    },
    async idmappedMount(source, target, map) {
      places.alias(target, source)
      const claim = `idmapped mount of ${source} at ${target}`
      if (map instanceof Container) {
        const { id, name } = map.root
        maps.show(target, maps.of(name).containerToHost)
        const lent = `${claim} with the namespace of ${map.name}`
        return attempt(lent, target, () => call('mount.idmapped', { source, target, map: id }))
      }
      const wire = toWire(sabotageMap(map, sabotage))
      maps.show(target, wire)
      await attempt(claim, target, () => call('mount.idmapped', { source, target, map: wire }))
    },
    async overlay(target, { lower, upper, work }) {
      places.overlay(target, upper, lower)
      maps.show(target, maps.at(upper))
      const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
      const params = { source: 'overlay', target, type: 'overlay', options, readOnly: false }
      await attempt(`overlay at ${target}`, target, () => call('mount.filesystem', params))
    },
    async delegatedMount(target, delegation) {
      const { type, owner, options = {}, disk, createdBy = 'owner' } = delegation
      place(places, target, delegation)
      maps.show(target, undefined)
      const source = disk === undefined ? {} : { source: await call('disk.device', { serial: disk.name }) }
      const params = { owner: owner.root.id, type, options: { ...source, ...options }, target, createdBy }
      const who = createdBy === 'owner' ? owner.name : 'the host'
      await attempt(`mount at ${target} the ${type} opened by ${owner.name} and created by ${who}`, target, () =>
        call('mount.delegated', params),
      )
    },
  }
}

function place(places: Places, target: string, { type, options = {}, disk }: Delegation): void {
  const { upperdir, lowerdir } = options
  if (disk !== undefined) places.mountDisk(target, disk)
  else if (type === 'overlay') places.overlay(target, String(upperdir), String(lowerdir))
  else places.inMemory(target)
}

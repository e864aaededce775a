import type { Extent, IdRange } from '../../lib/idmap/extent.ts'
import { type IdMapPair, pairOf } from '../../lib/idmap/pair.ts'
import type { Half } from '../../lib/idmap/problem.ts'
import { resolveMountMap } from '../../lib/idmap/resolve.ts'
import { formatContainerMap, formatExceptions, formatMountMap } from '../../lib/syntax/registry.ts'

export type Runtime = 'proxmox' | 'lxc' | 'podman' | 'incus' | 'oci'

/** A piece of configuration, and the file or command it is for. */
export interface Section {
  readonly where: string
  readonly text: string
}

type Ids = Readonly<Record<Half, readonly IdRange[]>>
type ContainerMap = IdMapPair<'container', 'host'>

/** How a runtime is told: the whole container's map, and where it can be said, one mount's map instead. */
interface Planner {
  /**
   * What must be in /etc/subuid and /etc/subgid: `whole`, the container's range too, as newuidmap asks there; `wished`, the ids
   * passed through beside the range Incus has and gives; `nothing`, as podman and runtimes run by root write the maps themselves.
   */
  readonly delegated: 'whole' | 'wished' | 'nothing'
  container(map: ContainerMap, ids: Ids, base: Extent): Section[]
  mount(ids: Ids, base: Extent): Section[]
}

const INSTEAD = 'or instead of all above, for one mount only'

/** One runtime each; the maps are written by the dialects of the library. */
export const PLANNERS: Readonly<Record<Runtime, Planner>> = {
  proxmox: {
    delegated: 'whole',
    container: map => [
      {
        where: '/etc/pve/lxc/ID.conf: the whole container',
        text: formatContainerMap('lxc', map).replaceAll('lxc.idmap = ', 'lxc.idmap: '),
      },
    ],
    mount: ids => [
      {
        where: `/etc/pve/lxc/ID.conf, ${INSTEAD} (pve-container 6.1.6): the ids on its disk are the container's`,
        text: `mp0: SOURCE,mp=TARGET,idmap=${formatExceptions('proxmox', asException(ids))}`,
      },
    ],
  },
  lxc: {
    delegated: 'whole',
    container: map => [{ where: 'the configuration of the container', text: formatContainerMap('lxc', map) }],
    // LXC takes `idmap=container` or the path of a user namespace for a mount, but no map.
    mount: () => [],
  },
  podman: {
    delegated: 'nothing',
    container: map => [{ where: 'podman run (as root)', text: formatContainerMap('podman', map) }],
    mount: (ids, base) => [
      {
        where: `podman run (as root; not 4.4, which swaps the columns), ${INSTEAD}; the container's own map is ${base.from}:${base.to}:${base.count}`,
        text: `--mount 'type=bind,src=SOURCE,dst=TARGET,${formatMountMap('crun', mountFor(ids, base))}'`,
      },
    ],
  },
  incus: {
    delegated: 'wished',
    container: (_, ids) => [
      {
        where: 'incus config set NAME raw.idmap (added to the range Incus gives the container)',
        text: formatContainerMap('incus', identity(ids)),
      },
    ],
    // A disk device of Incus has shift=true and no map.
    mount: () => [],
  },
  oci: {
    delegated: 'nothing',
    container: map => [{ where: 'config.json, "linux"', text: formatContainerMap('oci', map) }],
    mount: (ids, base) => [
      {
        where: `config.json, the mount in "mounts", ${INSTEAD}; the container's own map is ${base.from} ${base.to} ${base.count}`,
        text: formatMountMap('oci', mountFor(ids, base)),
      },
    ],
  },
}

function identity(ids: Ids): ContainerMap {
  return pairOf({ uid: same(ids.uid), gid: same(ids.gid) }, { from: 'container', to: 'host' })
}

function asException(ids: Ids): IdMapPair<'container', 'disk'> {
  return pairOf({ uid: same(ids.uid), gid: same(ids.gid) }, { from: 'container', to: 'disk' })
}

function same(ranges: readonly IdRange[]): Extent[] {
  return ranges.map(({ from, count }) => ({ from, to: from, count }))
}

/** The container stays isolated; on this mount's disk the wished ids are its own, and all others are those of the host. */
function mountFor(ids: Ids, base: Extent): IdMapPair<'disk', 'host'> {
  const whole = pairOf<'container', 'host'>({ uid: [base], gid: [base] })
  return resolveMountMap({ container: whole, exceptions: asException(ids) }).map
}

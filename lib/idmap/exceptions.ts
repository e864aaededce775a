import type { Extent } from './extent.ts'
import type { IdMap } from './map.ts'
import { type IdMapPair, mapPair } from './pair.ts'
import { type Half, type IdMapProblem, problem, refuse, type UnsayableFacts } from './problem.ts'

/**
 * The way back of `resolveMountMap`: the exceptions for which it gives this mount map. They are the fewest ids possible,
 * those whose id on disk is not their id on the host; all others inherit. Exceptions can't say every map: each id of
 * the container has an id on disk, and no other id has one. `IdMapError` with everything that breaks this:
 * IDMAP_CONTAINER_ID_NOT_IN_MOUNT for ids of the container that the mount leaves out, IDMAP_HOST_ID_NOT_IN_CONTAINER
 * for what the mount maps to host ids of somebody else.
 */
export function exceptionsFor(input: {
  readonly container: IdMapPair<'container', 'host'>
  readonly mount: IdMapPair<'disk', 'host'>
}): IdMapPair<'container', 'disk'> {
  const unsayable = mapPair(input.container, (container, half) => unsayables(container, input.mount[half], half))
  refuse([...unsayable.uid, ...unsayable.gid])
  return mapPair(input.container, (container, half) => differing(container, input.mount[half]))
}

function unsayables(container: IdMap<'container', 'host'>, mount: IdMap<'disk', 'host'>, half: Half): IdMapProblem[] {
  const hosts = { container: container.invert(), mount: mount.invert() }
  const tell = (code: UnsayableFacts['code']) => (extent: Extent) => problem({ code, extent, half })
  return [
    ...hosts.container.without(hosts.mount).invert().extents.map(tell('IDMAP_CONTAINER_ID_NOT_IN_MOUNT')),
    ...hosts.mount.without(hosts.container).invert().extents.map(tell('IDMAP_HOST_ID_NOT_IN_CONTAINER')),
  ]
}

function differing(container: IdMap<'container', 'host'>, mount: IdMap<'disk', 'host'>): IdMap<'container', 'disk'> {
  const inheriting = mount.extents.filter(({ from, to }) => from === to)
  const inherited = container.invert().restrict(inheriting).invert()
  return container.compose(mount.invert()).without(inherited)
}

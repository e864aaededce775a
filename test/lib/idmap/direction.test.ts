import { expect, test } from 'vitest'
import { exceptionsFor } from '../../../lib/idmap/exceptions.ts'
import { fsidMap } from '../../../lib/idmap/fsid.ts'
import { sharedHostIds } from '../../../lib/idmap/host-ids.ts'
import { checkKernelLimits } from '../../../lib/idmap/limits.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { checkMountMap } from '../../../lib/idmap/mount-check.ts'
import {
  composePair,
  equalPairs,
  type IdMapPair,
  invertPair,
  pairOf,
  restrictPair,
  unionPair,
  withoutPair,
} from '../../../lib/idmap/pair.ts'
import { passThrough } from '../../../lib/idmap/pass-through.ts'
import { mountMap, PASSTHROUGH, resolveMountMap } from '../../../lib/idmap/resolve.ts'
import type { Space } from '../../../lib/idmap/space.ts'
import { type Trace, traceId } from '../../../lib/idmap/trace.ts'
import { formatContainerMap, parseContainerMap, parseExceptions } from '../../../lib/syntax/registry.ts'

// What must not compile is checked by the type checker: each `@ts-expect-error` is an error itself when its line compiles.

const extents = [{ from: 0, to: 100_000, count: 65_536 }]
const container = IdMap.of<'container', 'host'>(extents)
const mount = IdMap.of<'disk', 'host'>(extents)
const pair: IdMapPair<'container', 'host'> = { uid: container, gid: container }

test('a map the wrong way round is not assignable', () => {
  // @ts-expect-error host→container is not container→host
  const swapped: IdMap<'container', 'host'> = container.invert()
  // @ts-expect-error disk→host is not container→host, though the kernel takes it
  const otherSpace: IdMap<'container', 'host'> = mount
  // @ts-expect-error a map into one space is not a map into some space
  const widened: IdMap<'container', string> = container
  // @ts-expect-error nor the other way
  const narrowed: IdMap<'disk', 'host'> = IdMap.of<string, 'host'>(extents)
  const right: IdMap<'host', 'container'> = container.invert()
  expect(right.lookup(100_000)).toBe(0)
  expect([swapped, otherSpace, widened, narrowed]).toHaveLength(4)
})

test('composing maps that do not meet is not possible', () => {
  // @ts-expect-error the first ends in host, the second starts in container
  expect(container.compose(container).size).toBe(0)
  const diskToContainer: IdMap<'disk', 'container'> = mount.compose(container.invert())
  expect(diskToContainer.lookup(7)).toBe(7)
})

test('only ids of the same space can be compared or taken away', () => {
  // @ts-expect-error container ids from disk ids
  expect(mount.without(container).size).toBe(0)
  // @ts-expect-error container ids with disk ids
  expect(mount.overlaps(container)).toBe(true)
  // @ts-expect-error container ids out of disk ids
  expect(mount.restrict(container).size).toBe(65_536)
  // @ts-expect-error whether container ids are among disk ids
  expect(mount.contains(container)).toBe(true)
  // @ts-expect-error disk→host and container→host are no one map
  expect(mount.union(container).size).toBe(65_536)
  const disk = IdMap.of<'container', 'disk'>(extents)
  // @ts-expect-error and the other side has to be the same too
  expect(container.union(disk).size).toBe(65_536)
  expect(container.without(disk).size).toBe(0)
  // @ts-expect-error another direction is never equal
  expect(mount.equals(mount.invert())).toBe(false)
})

test('pairs keep the direction of their halves', () => {
  // @ts-expect-error one half swapped
  const half: IdMapPair<'container', 'host'> = { uid: container, gid: container.invert() }
  // @ts-expect-error the whole pair swapped
  expect(equalPairs(pair, invertPair(pair))).toBe(false)
  // @ts-expect-error host→container can't follow disk→container
  expect(composePair(invertPair(pair), invertPair(pair)).uid.size).toBe(0)
  // @ts-expect-error disk ids out of container ids
  expect(restrictPair(pair, { uid: mount, gid: mount }).uid.size).toBe(65_536)
  // @ts-expect-error disk ids from container ids
  expect(withoutPair(pair, { uid: mount, gid: mount }).uid.size).toBe(0)
  // @ts-expect-error two directions are no one pair
  expect(unionPair(pair, { uid: mount, gid: mount }).uid.size).toBe(65_536)
  expect(half.uid).toBe(container)
})

test('the mount map takes container→host and container→disk, in their places', () => {
  const disk = pairOf<'container', 'disk'>({ uid: extents, gid: extents })
  // @ts-expect-error the two inputs swapped
  expect(mountMap({ container: disk, disk: pair }).uid.size).toBe(65_536)
  // @ts-expect-error the map of the mount is asked for, not given
  expect(resolveMountMap({ container: pair, exceptions: { uid: mount, gid: mount } }).warnings).toEqual([])
  // @ts-expect-error the id map has the host on its other side, the fsid map the disk
  expect(fsidMap({ ids: disk, onDisk: pair }).uid.size).toBe(65_536)
  // @ts-expect-error the container and the mount swapped
  expect(exceptionsFor({ container: { uid: mount, gid: mount }, mount: pair }).uid.size).toBe(65_536)
  // @ts-expect-error passthrough is no mount map: it has exceptions, container→disk
  expect(checkMountMap({ map: PASSTHROUGH })).toEqual([])
  // @ts-expect-error a container's map is no mount map
  expect(checkMountMap({ map: pair })).toEqual([])
})

test('a plan is a container’s map', () => {
  const plan = passThrough({ ids: { uid: [], gid: [] }, base: { from: 0, to: 100_000, count: 65_536 } })
  // @ts-expect-error not a mount's
  const forMount: IdMapPair<'disk', 'host'> = plan.map
  const forContainer: IdMapPair<'container', 'host'> = plan.map
  expect(forMount).toBe(forContainer)
})

test('the parent of a nested namespace continues where its map ends', () => {
  const nested = pairOf<'nested', 'container'>({ uid: extents, gid: extents })
  expect(checkKernelLimits(nested, { role: 'namespace', parent: pair })).toHaveLength(2)
  // @ts-expect-error the parent's ids are host ids here, those of the nested map container ids
  expect(checkKernelLimits(nested, { role: 'namespace', parent: invertPair(pair) })).toEqual([])
  const written = { uid: extents, gid: extents }
  expect(checkKernelLimits(written, { role: 'namespace', parent: pair })).toHaveLength(2)
})

test('only host ids are compared as host ids', () => {
  // @ts-expect-error these are host→container
  expect(sharedHostIds(invertPair(pair), pair).uid).toEqual([])
})

test('a trace goes on from where it is', () => {
  const start: Trace<'disk'> = traceId('uid', 'disk', 7)
  // @ts-expect-error the disk is not the container
  start.along('host', container)
  // @ts-expect-error from the host into the container is back, not along
  start.along('host', mount).along('container', container)
  // @ts-expect-error the map ends in the host, not in the container
  start.along('container', mount)
  // @ts-expect-error a trace on the host is not one on the disk
  const onDisk: Trace<'disk'> = start.along('host', mount)
  const inside: Trace<'container'> = start.along('host', mount).back('container', container)
  expect([onDisk.steps.length, inside.steps.length]).toEqual([1, 2])
})

test('a space may have any name, and is only itself', () => {
  const own: IdMap<'image', 'volume-7'> = IdMap.of(extents, { from: 'image', to: 'volume-7' })
  // @ts-expect-error volume-7 is not the disk
  const disk: IdMap<'image', 'disk'> = own
  // @ts-expect-error nor any space at all
  const some: IdMap<'image', Space> = own
  // @ts-expect-error a space is a name
  const numbered: IdMap<'image', 7> = IdMap.of(extents)
  expect([disk, some, numbered]).toHaveLength(3)
})

test('what a dialect reads has the direction of the dialect', () => {
  // @ts-expect-error the second number of an mpN idmap is a disk id, not a host id
  expect(formatContainerMap('lxc', parseExceptions('proxmox', 'u:1005:1005:1'))).toContain('1005')
  // @ts-expect-error lxc.idmap has the container first
  const mistaken: IdMapPair<'host', 'container'> = parseContainerMap('lxc', 'u 0 100000 65536')
  expect(mistaken.gid.size).toBe(0)
})

test('the direction of a map can follow from the names it is given', () => {
  const named: IdMap<'disk', 'host'> = IdMap.of(extents, { from: 'disk', to: 'host' })
  // @ts-expect-error the names say disk→host
  const other: IdMap<'host', 'disk'> = IdMap.of(extents, { from: 'disk', to: 'host' })
  expect(named.extents).toEqual(other.extents)
})

import { expect, test } from 'vitest'
import { IdMap } from '../../../lib/idmap/map.ts'
import { composePair, equalPairs, type IdMapPair, invertPair, pairOf } from '../../../lib/idmap/pair.ts'
import { mountMap, resolveMountMap } from '../../../lib/idmap/resolve.ts'
import { formatLxcIdmap, parseLxcIdmap } from '../../../lib/syntax/lxc.ts'
import { parseProxmoxIdmap } from '../../../lib/syntax/proxmox.ts'

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
  expect(half.uid).toBe(container)
})

test('the mount map takes container→host and container→disk, in their places', () => {
  const disk = pairOf<'container', 'disk'>({ uid: extents, gid: extents })
  // @ts-expect-error the two inputs swapped
  expect(mountMap({ container: disk, disk: pair }).uid.size).toBe(65_536)
  // @ts-expect-error the map of the mount is asked for, not given
  expect(resolveMountMap({ container: pair, exceptions: { uid: mount, gid: mount } }).warnings).toEqual([])
})

test('what a dialect reads has the direction of the dialect', () => {
  // @ts-expect-error the second number of an mpN idmap is a disk id, not a host id
  expect(formatLxcIdmap(parseProxmoxIdmap('u:1005:1005:1'))).toContain('1005')
  // @ts-expect-error lxc.idmap has the container first
  const mistaken: IdMapPair<'host', 'container'> = parseLxcIdmap('u 0 100000 65536')
  expect(mistaken.gid.size).toBe(0)
})

test('the direction of a map can follow from the names it is given', () => {
  const named: IdMap<'disk', 'host'> = IdMap.of(extents, { from: 'disk', to: 'host' })
  // @ts-expect-error the names say disk→host
  const other: IdMap<'host', 'disk'> = IdMap.of(extents, { from: 'disk', to: 'host' })
  expect(named.extents).toEqual(other.extents)
})

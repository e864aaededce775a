import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exceptionsFor } from '../../../lib/idmap/exceptions.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { equalPairs, pairOf } from '../../../lib/idmap/pair.ts'
import { PASSTHROUGH, resolveMountMap } from '../../../lib/idmap/resolve.ts'
import { bases, mapsNear, rowsOf, tableOf } from './oracle.ts'
import { refusal } from './refusal.ts'
import { both, extents, lines, unprivileged } from './written.ts'

test('the one id that was passed through is the one exception', () => {
  const mount = both<'disk', 'host'>('1005 101005 1', '100000 100000 1005', '101006 101006 64530')
  const exceptions = exceptionsFor({ container: unprivileged, mount })
  expect([lines(exceptions.uid), lines(exceptions.gid)]).toEqual([['1005 1005 1'], ['1005 1005 1']])
})

test('a mount that changes nothing needs no exceptions', () => {
  const mount = both<'disk', 'host'>('100000 100000 65536')
  expect(exceptionsFor({ container: unprivileged, mount }).uid.size).toBe(0)
})

test('passthrough comes back as the ids the container has', () => {
  const { map: mount } = resolveMountMap({ container: unprivileged, exceptions: PASSTHROUGH })
  expect(lines(exceptionsFor({ container: unprivileged, mount }).uid)).toEqual(['0 0 65536'])
})

describe('what exceptions can’t say', () => {
  test('ids of the container without an id on disk, and host ids of somebody else, are all told', () => {
    const mount = pairOf<'disk', 'host'>({
      uid: extents('0 100000 1000', '5000 200000 2'),
      gid: extents('100000 100000 65535'),
    })
    const { problems } = refusal(() => exceptionsFor({ container: unprivileged, mount }))
    expect(problems).toEqual([
      {
        code: 'IDMAP_CONTAINER_ID_NOT_IN_MOUNT',
        half: 'uid',
        extent: { from: 1000, to: 101_000, count: 64_536 },
        message:
          "uid: container ids 1000..65535 (host 101000..165535) can't be without an id on disk, but the mount maps none to them; without an exception they inherit their host ids",
      },
      {
        code: 'IDMAP_HOST_ID_NOT_IN_CONTAINER',
        half: 'uid',
        extent: { from: 5000, to: 200_000, count: 2 },
        message:
          "uid: disk ids 5000..5001 can't become host 200000..200001: the container does not have these host ids, and an exception is for ids of the container",
      },
      {
        code: 'IDMAP_CONTAINER_ID_NOT_IN_MOUNT',
        half: 'gid',
        extent: { from: 65_535, to: 165_535, count: 1 },
        message: expect.stringMatching(/^gid: container id 65535 \(host 165535\)/),
      },
    ])
  })
})

test('there and back: the exceptions give the mount map again, and not one of their ids can be left out', () => {
  const inputs = bases.chain(({ a, b, c }) =>
    fc.tuple(mapsNear<'container', 'host'>(a, b), mapsNear<'container', 'disk'>(a, c)),
  )
  const none = { host: IdMap.of<'container', 'host'>([]), disk: IdMap.of<'container', 'disk'>([]) }
  let resolved = 0
  fc.assert(
    fc.property(inputs, ([host, disk]) => {
      const container = { uid: host, gid: none.host }
      let mount: ReturnType<typeof resolveMountMap>['map']
      try {
        mount = resolveMountMap({ container, exceptions: { uid: disk, gid: none.disk } }).map
      } catch {
        return
      }
      resolved++
      const exceptions = exceptionsFor({ container, mount })
      expect(equalPairs(resolveMountMap({ container, exceptions }).map, mount)).toBe(true)
      expect(rowsOf(exceptions.uid).every(([id, onDisk]) => tableOf(host).get(id) !== onDisk)).toBe(true)
      expect(rowsOf(exceptions.uid)).toEqual(
        rowsOf(disk).filter(([id, onDisk]) => (host.lookup(id) ?? onDisk) !== onDisk),
      )
    }),
    { numRuns: 1000 },
  )
  expect(resolved).toBeGreaterThan(100)
})

test('any other mount map is refused, and every id that stands in the way is told', () => {
  const inputs = bases.chain(({ a, b, c }) =>
    fc.tuple(mapsNear<'container', 'host'>(a, b), mapsNear<'disk', 'host'>(c, b)),
  )
  fc.assert(
    fc.property(inputs, ([host, mount]) => {
      const owned = new Set(tableOf(host).values())
      const mapped = new Set(tableOf(mount).values())
      const lacking = rowsOf(host).filter(([, id]) => !mapped.has(id))
      const foreign = rowsOf(mount).filter(([, id]) => !owned.has(id))
      fc.pre(lacking.length + foreign.length > 0)
      const empty = { host: IdMap.of<'container', 'host'>([]), mount: IdMap.of<'disk', 'host'>([]) }
      const { problems } = refusal(() =>
        exceptionsFor({ container: { uid: host, gid: empty.host }, mount: { uid: mount, gid: empty.mount } }),
      )
      const told = (code: string) =>
        problems.flatMap(problem => (problem.code === code && 'extent' in problem ? rowsOf([problem.extent]) : []))
      const byImage = (a: [number, number], b: [number, number]) => a[1] - b[1]
      expect(told('IDMAP_CONTAINER_ID_NOT_IN_MOUNT').sort(byImage)).toEqual(lacking.sort(byImage))
      expect(told('IDMAP_HOST_ID_NOT_IN_CONTAINER').sort(byImage)).toEqual(foreign.sort(byImage))
    }),
    { numRuns: 500 },
  )
})

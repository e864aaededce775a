import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdMap } from '../../../lib/idmap/map.ts'
import { equalPairs, pairOf } from '../../../lib/idmap/pair.ts'
import { mountMap, outsideContainer, PASSTHROUGH, resolveMountMap } from '../../../lib/idmap/resolve.ts'
import { bases, mapsNear, rowsOf, sorted, tableOf } from './oracle.ts'
import { refusal } from './refusal.ts'
import { both, extents, lines, unprivileged } from './written.ts'

const exceptionsOf = (uid: string[], gid = uid) =>
  pairOf<'container', 'disk'>({ uid: extents(...uid), gid: extents(...gid) })
const resolve = (uid: string[], gid = uid, container = unprivileged) =>
  resolveMountMap({ container, exceptions: exceptionsOf(uid, gid) })

describe("Proxmox's rule for a mount point", () => {
  test('one id passed through: disk 1005 is the container’s 1005, every other id inherits', () => {
    const { map, warnings } = resolve(['1005 1005 1'])
    const expected = ['1005 101005 1', '100000 100000 1005', '101006 101006 64530']
    expect(lines(map.uid)).toEqual(expected)
    expect(lines(map.gid)).toEqual(expected)
    expect(map.uid.lookup(101_004)).toBe(101_004)
    expect(map.uid.lookup(101_005)).toBeUndefined()
    expect(map.uid.lookup(165_535)).toBe(165_535)
    expect(warnings).toEqual([])
  })

  test('the container of the Proxmox wiki, with 1005 mapped to the host already, needs no exception for it', () => {
    const wiki = both<'container', 'host'>('0 100000 1005', '1005 1005 1', '1006 101006 64530')
    expect(lines(resolve([], [], wiki).map.uid)).toEqual(['1005 1005 1', '100000 100000 1005', '101006 101006 64530'])
    expect(equalPairs(resolve([], [], wiki).map, resolve(['1005 1005 1'], ['1005 1005 1'], wiki).map)).toBe(true)
  })

  test('an exception over two ranges of the container reaches both host ranges', () => {
    const container = both<'container', 'host'>('0 100000 10', '10 300000 10')
    expect(lines(resolve(['8 50 4'], [], container).map.uid)).toEqual([
      '50 100008 2',
      '52 300000 2',
      '100000 100000 8',
      '300002 300002 8',
    ])
  })

  test('what an exception asks for outside the container is not mapped, and is told', () => {
    const { map, warnings } = resolve(['65530 500 10'], ['70000 1 1'])
    expect(map.uid.invert().lookup(165_535)).toBe(505)
    expect(map.uid.lookup(506)).toBeUndefined()
    expect(warnings).toEqual([
      {
        code: 'IDMAP_EXCEPTION_OUTSIDE_CONTAINER',
        half: 'uid',
        lost: { from: 65_536, to: 506, count: 4 },
        message:
          'uid: the exception container 65536..65539→506 on disk has no effect: the container does not have these ids',
      },
      expect.objectContaining({
        half: 'gid',
        lost: { from: 70_000, to: 1, count: 1 },
        message: 'gid: the exception container 70000→1 on disk has no effect: the container does not have this id',
      }),
    ])
  })
})

describe('passthrough', () => {
  test('is the identity of all ids', () => {
    expect([lines(PASSTHROUGH.uid), lines(PASSTHROUGH.gid)]).toEqual([['0 0 4294967295'], ['0 0 4294967295']])
  })

  test('every id of the container is the same on the disk, and nobody is warned of ids it does not have', () => {
    const container = both<'container', 'host'>('0 100000 10', '20 1005 1')
    const { map, warnings } = resolveMountMap({ container, exceptions: PASSTHROUGH })
    expect(lines(map.uid)).toEqual(['0 100000 10', '20 1005 1'])
    expect(lines(map.gid)).toEqual(['0 100000 10', '20 1005 1'])
    expect(warnings).toEqual([])
  })

  test('it can be said of one half alone', () => {
    const exceptions = { uid: PASSTHROUGH.uid, gid: both<'container', 'disk'>('70000 1 1').gid }
    const { map, warnings } = resolveMountMap({ container: unprivileged, exceptions })
    expect(lines(map.uid)).toEqual(['0 100000 65536'])
    expect(lines(map.gid)).toEqual(['100000 100000 65536'])
    expect(warnings.map(({ half }) => half)).toEqual(['gid'])
  })

  test('one id less is an exception like any other, with its warnings', () => {
    const { warnings } = resolve(['0 0 4294967294'])
    expect(warnings.map(({ lost }) => lost)).toEqual(Array(2).fill({ from: 65_536, to: 65_536, count: 4_294_901_758 }))
  })
})

describe('two valid inputs that want one disk id twice', () => {
  test('the error says who wanted it, with the ids of the container', () => {
    const error = refusal(() => resolve(['1005 100005 1'], []))
    expect(error.problems).toEqual([
      {
        code: 'IDMAP_OVERLAP',
        side: 'from',
        extents: [
          { from: 100_000, to: 100_000, count: 1005 },
          { from: 100_005, to: 101_005, count: 1 },
        ],
        ids: { from: 100_005, count: 1 },
        context: { from: 'disk', to: 'host', half: 'uid' },
        askedBy: [
          { by: 'inheritance', container: { from: 5, count: 1 } },
          { by: 'exception', container: { from: 1005, count: 1 } },
        ],
        message: expect.any(String),
      },
    ])
    expect(error.message).toMatchInlineSnapshot(
      `"uid: disk id 100005 is wanted twice: by container id 5, inheriting the host ids (disk 100000..101004→host 100000) and by the exception for container id 1005 (disk 100005→host 101005); choose other disk ids for the exception, or give the inheriting ids an exception too"`,
    )
  })

  test('users and groups are told together', () => {
    const error = refusal(() => resolve(['0 100001 1'], ['0 100002 2']))
    expect(error.problems.map(({ message }) => message.slice(0, 26))).toEqual([
      'uid: disk id 100001 is wan',
      'gid: disk ids 100002..1000',
    ])
  })

  test('an exception may take a disk id whose inheritor has an exception itself', () => {
    expect(lines(resolve(['0 100001 1', '1 100000 1']).map.uid)).toEqual([
      '100000 100001 1',
      '100001 100000 1',
      '100002 100002 65534',
    ])
  })
})

describe('a mount’s own map beside a container', () => {
  test('what it leads to is told where the container does not have it', () => {
    const mount = pairOf<'disk', 'host'>({
      uid: extents('0 100000 1000', '5000 165530 10'),
      gid: extents('0 100000 1000', '1005 1005 1'),
    })
    expect(outsideContainer({ container: unprivileged, mount })).toEqual([
      {
        code: 'IDMAP_MOUNT_OUTSIDE_CONTAINER',
        half: 'uid',
        lost: { from: 5006, to: 165_536, count: 4 },
        message:
          'uid: disk 5006..5009→165536 on the host is 65534 in the container, which does not have these host ids',
      },
      {
        code: 'IDMAP_MOUNT_OUTSIDE_CONTAINER',
        half: 'gid',
        lost: { from: 1005, to: 1005, count: 1 },
        message: 'gid: disk 1005→1005 on the host is 65534 in the container, which does not have this host id',
      },
    ])
  })

  test('a mount made for the container leads nowhere else', () => {
    const { map } = resolveMountMap({ container: unprivileged, exceptions: exceptionsOf(['65530 500 10'], []) })
    expect(outsideContainer({ container: unprivileged, mount: map })).toEqual([])
  })
})

test('against a table: each container id goes by its exception or inherits, and a disk id wanted twice is refused', () => {
  const inputs = bases.chain(({ a, b, c }) =>
    fc.tuple(mapsNear<'container', 'host'>(a, b), mapsNear<'container', 'disk'>(a, c)),
  )
  const seen = { resolved: 0, refused: 0 }
  fc.assert(
    fc.property(inputs, ([host, disk]) => {
      const onDisk = tableOf(disk)
      const wanted = [...tableOf(host)].map(([id, hostId]) => [onDisk.get(id) ?? hostId, hostId] as const)
      const container = { uid: host, gid: IdMap.of<'container', 'host'>([]) }
      const exceptions = { uid: disk, gid: IdMap.of<'container', 'disk'>([]) }
      const twice = new Map(wanted).size < wanted.length
      if (twice) {
        const { problems } = refusal(() => resolveMountMap({ container, exceptions }))
        const disputed = problems.flatMap(problem =>
          problem.code === 'IDMAP_OVERLAP' ? rowsOf([{ ...problem.ids, to: 0 }]) : [],
        )
        const claims = (id: number) => wanted.filter(([diskId]) => diskId === id).length
        const expected = [...new Map(wanted).keys()].filter(id => claims(id) > 1).sort((x, y) => x - y)
        expect(disputed.map(([id]) => id).sort((x, y) => x - y)).toEqual(expected)
      } else {
        const { map, warnings } = resolveMountMap({ container, exceptions })
        expect(rowsOf(map.uid)).toEqual(sorted(new Map(wanted)))
        const lost = warnings.flatMap(warning => rowsOf([warning.lost]))
        expect(lost).toEqual(sorted(onDisk).filter(([id]) => host.lookup(id) === undefined))
      }
      seen[twice ? 'refused' : 'resolved']++
    }),
    { numRuns: 1000 },
  )
  expect(Math.min(seen.resolved, seen.refused)).toBeGreaterThan(20)
})

describe('a mount whose disk ids are all given', () => {
  test('the on-disk map 0 300000 100000 under the id map 0 100000 100000 shows disk 300000 as host 100000', () => {
    const container = both<'container', 'host'>('0 100000 100000')
    const disk = both<'container', 'disk'>('0 300000 100000')
    expect(lines(mountMap({ container, disk }).uid)).toEqual(['300000 100000 100000'])
  })

  test('ids without a disk id are not mapped, instead of inheriting', () => {
    const disk = exceptionsOf(['1005 1005 1'], [])
    expect(lines(mountMap({ container: unprivileged, disk }).uid)).toEqual(['1005 101005 1'])
    expect(mountMap({ container: unprivileged, disk }).gid.size).toBe(0)
  })

  test('it is what the exceptions rule gives when every container id has an exception', () => {
    fc.assert(
      fc.property(mapsNear<'container', 'host'>(0, 0), mapsNear<'container', 'disk'>(0, 0), (host, disk) => {
        const covered = host.without(host.without(disk))
        const container = { uid: covered, gid: covered }
        const exceptions = { uid: disk, gid: disk }
        expect(resolveMountMap({ container, exceptions }).map).toEqual(mountMap({ container, disk: exceptions }))
      }),
    )
  })
})

import { expect, test } from 'vitest'
import { Ledger } from '../../scenarios/kit/ledger.ts'
import { diskToHost, MapsInPlay } from '../../scenarios/kit/maps-in-play.ts'

const shift = (to: number) => ({ uid: [[0, to, 65_536]], gid: [[0, to, 65_536]] }) as const
const box = shift(100_000)
const stick = shift(200_000)

test('an actor of a container says ids through its map, at a path through the map of the mount it is on', () => {
  const maps = new MapsInPlay()
  maps.enter('box', box, { root: '' })
  maps.show('/media/stick', stick)
  expect(maps.of('box uid 1000', '/media/stick/photo')).toEqual({ containerToHost: box, diskToHost: stick })
  expect(maps.of('box root', '/media/stick')).toEqual({ containerToHost: box, diskToHost: stick })
  expect(maps.of('host uid 1000', '/media/stick/photo')).toEqual({ diskToHost: stick })
  expect(maps.of('box root', '/media/sticky')).toEqual({ containerToHost: box })
  expect(maps.of('host root')).toEqual({})
})

test('the innermost mount counts, also when it has no map, until it is gone', () => {
  const maps = new MapsInPlay()
  maps.show('/', stick)
  maps.show('/plain/', undefined)
  expect(maps.at('/plain/a')).toBeUndefined()
  expect(maps.at('/plainer')).toBe(stick)
  maps.hide('/plain')
  expect(maps.at('/plain/a')).toBe(stick)
})

test('a container’s paths lie below its root, or are its own where its mounts are', () => {
  const maps = new MapsInPlay()
  maps.enter('one', box, { root: '/roots/one' })
  maps.enter('pve', box, { root: 'pve:' })
  maps.show('/roots/one', stick)
  maps.show('pve:/data', stick)
  maps.show('/data', undefined)
  expect(maps.of('one root', '/etc/motd').diskToHost).toBe(stick)
  expect(maps.of('pve uid 5', '/data/x').diskToHost).toBe(stick)
  expect(maps.of('host root', '/data/x').diskToHost).toBeUndefined()
})

test('what counts of a container inside another is its map down to the host', () => {
  const maps = new MapsInPlay()
  maps.enter(
    'outer',
    {
      uid: [[0, 100_000, 65_536]],
      gid: [
        [0, 200_000, 1000],
        [1000, 300_000, 1000],
      ],
    },
    { root: '' },
  )
  maps.enter('inner', { uid: [[0, 1000, 1000]], gid: [[0, 500, 1000]] }, { root: '/in', within: 'outer' })
  maps.enter('innermost', { uid: [[5, 7, 1]], gid: [[5, 7, 1]] }, { root: '', within: 'inner' })
  maps.show('/in/data', stick)
  expect(maps.of('inner uid 5', '/data/a')).toEqual({
    containerToHost: {
      uid: [[0, 101_000, 1000]],
      gid: [
        [0, 200_500, 500],
        [500, 300_000, 500],
      ],
    },
    diskToHost: stick,
  })
  expect(maps.of('innermost root').containerToHost).toEqual({ uid: [[5, 101_007, 1]], gid: [[5, 200_507, 1]] })
  expect(maps.of('outer root').containerToHost?.uid).toEqual([[0, 100_000, 65_536]])
})

test('through a passthrough a container has its own ids on the disk', () => {
  expect(diskToHost('passthrough', box)).toBe(box)
  expect(diskToHost(stick, box)).toBe(stick)
  expect(diskToHost(null, box)).toBeUndefined()
})

test('a claim says who tried what, when, and through the maps of that moment', async () => {
  const ledger = new Ledger()
  ledger.maps.enter('box', box, { root: '' })
  const act = { actor: 'box root', operation: 'chown /a to 0:0', path: '/a' }
  await ledger.mustFail('refused', 'EPERM', () => Promise.resolve(), act)
  ledger.maps.show('/a', stick)
  await ledger.mustFail('refused', 'EPERM', () => Promise.resolve(), act)
  const [before, after] = (await ledger.close()).checks.map(({ trial }) => trial)
  expect(before).toEqual({
    actor: 'box root',
    operation: 'chown /a to 0:0',
    maps: { containerToHost: box },
    at: expect.any(Number),
  })
  expect(after?.maps).toEqual({ containerToHost: box, diskToHost: stick })
  expect(after?.at).toBeGreaterThanOrEqual(before?.at ?? Number.NaN)
})

import os from 'node:os'
import { afterEach, beforeEach, expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { readMountinfo } from '../../../lib/kernel/mountinfo.ts'
import { listmount, statmount, statmountMap } from '../../../lib/kernel/statmount.ts'
import { whyMapsMustNotBeAsked } from '../../../lib/kernel/statmount-hazard.ts'
import { StatmountMask } from '../../../lib/kernel/statmount-layout.ts'
import { locatedStatusOf } from '../../../lib/kernel/statx.ts'
import { TestBed } from './looking.ts'
import { both, noIdmappedTmpfs, testUnless } from './native.ts'

const unique = locatedStatusOf(here(), '/').uniqueMountId
const noStatmount = unique === undefined ? 'statmount(2) came with Linux 6.8' : undefined
const natively = testUnless(noIdmappedTmpfs ?? noStatmount)
const withMaps = testUnless(noIdmappedTmpfs ?? noStatmount ?? whyNoMaps())

let bed: TestBed
beforeEach(() => {
  bed = new TestBed()
})
afterEach(() => bed[Symbol.dispose]())

function whyNoMaps(): string | undefined {
  const { supported = 0n } = statmount(here(), unique ?? 0n, StatmountMask.supported)
  return whyMapsMustNotBeAsked(os.release(), supported)
}

const idOf = (path: string) => locatedStatusOf(here(), path).uniqueMountId ?? 0n
const everything =
  Object.values(StatmountMask).reduce((all, bit) => all | bit, 0n) & ~(StatmountMask.uidMap | StatmountMask.gidMap)

natively('says of a mount what mountinfo says', () => {
  const target = bed.mount('a b', 'tmpfs', { source: 'my source' })
  const entry = readMountinfo(here(), 'self').find(({ mountPoint }) => mountPoint === target)
  const said = statmount(here(), idOf(target), everything)
  expect(said).toMatchObject({
    type: 'tmpfs',
    root: '/',
    mountPoint: target,
    device: entry?.device,
    oldId: entry?.mountId,
    idmapped: false,
  })
  expect(said.magic).toBe(0x01021994)
})

natively('lists every mount that mountinfo lists', () => {
  bed.mount('one', 'tmpfs')
  const below = listmount(here()).map(id => statmount(here(), id, StatmountMask.mount).oldId)
  const root = readMountinfo(here(), 'self').find(({ mountPoint }) => mountPoint === '/')
  const all = new Set([root?.mountId, ...below])
  for (const { mountId, mountPoint } of readMountinfo(here(), 'self'))
    expect([mountPoint, all.has(mountId)]).toEqual([mountPoint, true])
})

natively('has no map of a mount without one, and no mount of an id that is none', () => {
  expect(statmountMap(here(), idOf('/'), 'uid')).toBeUndefined()
  expect(() => statmount(here(), 0xffff_ffffn, StatmountMask.mount)).toThrow(/ENOENT/)
})

withMaps('gives the map of an idmapped mount, each half its own', () => {
  const map = {
    uid: both<'disk', 'host'>([0, 100000, 65536], [70000, 1005, 1]).uid,
    gid: both<'disk', 'host'>([5, 200000, 10]).gid,
  }
  const target = bed.idmapped(bed.mount('source', 'tmpfs'), 'target', map)
  expect(statmount(here(), idOf(target), StatmountMask.mount).idmapped).toBe(true)
  expect(statmountMap(here(), idOf(target), 'uid')?.equals(map.uid)).toBe(true)
  expect(statmountMap(here(), idOf(target), 'gid')?.equals(map.gid)).toBe(true)
})

withMaps('gives a map of as many extents as there can be', () => {
  const extents = Array.from({ length: 340 }, (_, index) => [2 * index + 2, 2 * index + 2, 1] as const)
  const map = both<'disk', 'host'>(...extents)
  const target = bed.idmapped(bed.mount('source', 'tmpfs'), 'target', map)
  expect(statmountMap(here(), idOf(target), 'uid')?.equals(map.uid)).toBe(true)
})

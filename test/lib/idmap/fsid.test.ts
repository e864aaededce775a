import { expect, test } from 'vitest'
import { fsidMap } from '../../../lib/idmap/fsid.ts'
import { pairOf } from '../../../lib/idmap/pair.ts'
import { mountMap } from '../../../lib/idmap/resolve.ts'
import { both, extents, lines } from './written.ts'

const ids = both<'container', 'host'>('0 100000 100000')

test('the id map 0 100000 100000 with the fsid map 0 300000 100000: disk 300000 is the container’s root', () => {
  const map = fsidMap({ ids, onDisk: both('0 300000 100000') })
  expect([lines(map.uid), lines(map.gid)]).toEqual([['300000 100000 100000'], ['300000 100000 100000']])
})

test('a half without fsid mappings is looked up in the id map, where a mount map would have nothing', () => {
  const onDisk = pairOf<'container', 'disk'>({ uid: extents('0 300000 100000'), gid: [] })
  expect(lines(fsidMap({ ids, onDisk }).gid)).toEqual(['100000 100000 100000'])
  expect(lines(fsidMap({ ids, onDisk }).uid)).toEqual(['300000 100000 100000'])
  expect(mountMap({ container: ids, disk: onDisk }).gid.size).toBe(0)
})

test('an id in one of the two maps only is not in the mount map', () => {
  const map = fsidMap({ ids, onDisk: both('99990 400000 20') })
  expect(lines(map.uid)).toEqual(['400000 199990 10'])
})

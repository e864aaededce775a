import { expect, test } from 'vitest'
import { checkMountMap, INITIAL_NAMESPACE, requireBothHalves } from '../../../lib/idmap/mount-check.ts'
import { pairOf } from '../../../lib/idmap/pair.ts'
import { refusal } from './refusal.ts'
import { both, extents } from './written.ts'

const map = both<'disk', 'host'>('0 100000 65536')
const identity = both<'disk', 'host'>('0 0 4294967295')

test('the full identity in a namespace of its own is taken', () => {
  expect(checkMountMap({ map: identity })).toEqual([])
  expect(checkMountMap({ map: identity, namespace: 'user:[4026532200]' })).toEqual([])
})

test('the initial namespace is refused with EPERM, wherever the file system was mounted', () => {
  const refused = {
    code: 'IDMAP_INITIAL_NAMESPACE',
    namespace: 'initial',
    errno: 'EPERM',
    message:
      "the kernel refuses the mount's user namespace (EPERM): it is the initial user namespace; leave the idmap out, or write the map into a user namespace of its own",
  }
  expect(checkMountMap({ map: identity, namespace: INITIAL_NAMESPACE })).toEqual([refused])
  expect(checkMountMap({ map: identity, namespace: INITIAL_NAMESPACE, superblock: 'box' })).toEqual([refused])
})

test('the namespace of the superblock is refused with EINVAL, another with the same map is not', () => {
  expect(checkMountMap({ map, namespace: 'box', superblock: 'box' })).toEqual([
    {
      code: 'IDMAP_SUPERBLOCK_NAMESPACE',
      namespace: 'box',
      errno: 'EINVAL',
      message:
        'the kernel refuses the mount\'s user namespace (EINVAL): the superblock belongs to that same user namespace ("box"); leave the idmap out, or write the map into a user namespace of its own',
    },
  ])
  expect(checkMountMap({ map, namespace: 'other', superblock: 'box' })).toEqual([])
  expect(checkMountMap({ map, superblock: 'box' })).toEqual([])
})

test('a kernel before 5.12 has no idmapped mounts', () => {
  expect(checkMountMap({ map, kernel: { major: 5, minor: 12 } })).toEqual([])
  expect(checkMountMap({ map, kernel: { major: 5, minor: 10, patch: 262 } })).toEqual([
    {
      code: 'IDMAP_NO_IDMAPPED_MOUNTS',
      kernel: { major: 5, minor: 10, patch: 262 },
      message: 'Linux 5.10.262 has no idmapped mounts (ENOSYS): mount_setattr came with 5.12',
    },
  ])
})

test('the limits of the map are told with the rest', () => {
  const written = { uid: extents('0 5 1', '1 5 1', '3 7 1', '5 9 1', '7 11 1', '9 13 1'), gid: [] }
  const problems = checkMountMap({
    map: written,
    kernel: { major: 4, minor: 14 },
    namespace: 'box',
    superblock: 'box',
  })
  expect(problems.map(({ code }) => code)).toEqual([
    'IDMAP_NO_IDMAPPED_MOUNTS',
    'IDMAP_SUPERBLOCK_NAMESPACE',
    'IDMAP_OVERLAP',
    'IDMAP_TOO_MANY_EXTENTS',
    'IDMAP_MISSING_HALF',
  ])
})

test('a map without extents for users or for groups is refused with the halves it lacks', () => {
  const uid = extents('0 100000 65536')
  const refused = (written: Parameters<typeof pairOf<'disk', 'host'>>[0]) =>
    refusal(() => requireBothHalves(pairOf(written))).problems
  expect(refused({ uid, gid: [] })).toMatchObject([{ code: 'IDMAP_MISSING_HALF', half: 'gid' }])
  expect(refused({ uid: [], gid: uid })).toMatchObject([{ code: 'IDMAP_MISSING_HALF', half: 'uid' }])
  expect(refused({ uid: [], gid: [] })).toMatchObject([{ half: 'uid' }, { half: 'gid' }])
  expect(() => requireBothHalves(map)).not.toThrow()
})

test('a map with more extents than the kernel takes has both halves all the same', () => {
  const scattered = Array.from({ length: 341 }, (_, index) => `${2 * index} ${2 * index} 1`)
  expect(() => requireBothHalves(both(...scattered))).not.toThrow()
})

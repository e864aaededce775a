import { expect, test } from 'vitest'
import { Host } from '../../scenarios/kit/host.ts'
import { directory, ext4, lxcIdmap, mountMap, proxmoxIdmap, vfat } from '../../scenarios/kit/language.ts'
import { Ledger } from '../../scenarios/kit/ledger.ts'
import type { Sabotage } from '../../scenarios/kit/sabotage.ts'
import { FakeGuest, owners } from './fake-guest.ts'

const box = lxcIdmap('u 0 100000 65536; g 0 200000 65536')
const data = { name: 'data', spec: ext4({ rootfs: directory() }), image: '/data.img' }
const stick = { name: 'stick', spec: vfat({}, { uid: 1000, gid: 100 }), image: '/stick.img' }

function hosted(options: { guest?: FakeGuest; sabotage?: Sabotage } = {}) {
  const guest = options.guest ?? new FakeGuest()
  const ledger = new Ledger()
  return { guest, ledger, host: new Host(guest, ledger, options.sabotage) }
}

test('a disk is found by its name; a vfat one is mounted with its owner as options', async () => {
  const { guest, host } = hosted()
  await host.mount(data, '/srv', { readOnly: true })
  await host.mount(stick, '/stick')
  expect(guest.askedFor('disk.device')).toEqual([{ serial: 'data' }, { serial: 'stick' }])
  expect(guest.askedFor('mount.filesystem')).toEqual([
    { source: '/dev/vdb', target: '/srv', type: 'ext4', options: '', readOnly: true },
    { source: '/dev/vdb', target: '/stick', type: 'vfat', options: 'uid=1000,gid=100,umask=0022', readOnly: false },
  ])
})

test('an overlay is mounted from its layers', async () => {
  const { guest, host } = hosted()
  await host.mount(data, '/srv')
  await host.overlay('/one', { lower: '/srv/low', upper: '/srv/up', work: '/srv/work' })
  expect(guest.askedFor('mount.filesystem').at(-1)).toMatchObject({
    type: 'overlay',
    options: 'lowerdir=/srv/low,upperdir=/srv/up,workdir=/srv/work',
  })
})

test.each([
  [undefined, { uid: [[1005, 101005, 1]], gid: [[1005, 201005, 1]] }],
  ['swapped-columns', { uid: [[101005, 1005, 1]], gid: [[201005, 1005, 1]] }],
  ['exchanged-halves', { uid: [[1005, 201005, 1]], gid: [[1005, 101005, 1]] }],
  ['one-id-short', { uid: [], gid: [] }],
] as const)('the map of an idmapped mount goes to the guest disk → host (broken: %s)', async (sabotage, wire) => {
  const { guest, host } = hosted(sabotage === undefined ? {} : { sabotage })
  await host.mount(data, '/srv')
  const disk = proxmoxIdmap('u:1005:1005:1 g:1005:1005:1')
  const only = mountMap({ container: box, disk })
  await host.idmappedMount('/srv', '/mapped', only)
  expect(guest.askedFor('mount.idmapped')).toEqual([{ source: '/srv', target: '/mapped', map: wire }])
})

test('a container is started with its map container → host, whatever else is broken', async () => {
  const { guest, host } = hosted({ sabotage: 'swapped-columns' })
  await host.mount(data, '/srv')
  await host.container('box', { idmap: box, root: '/srv/rootfs' })
  expect(guest.askedFor('actor.container')).toEqual([
    { name: 'box root', idmap: { uid: [[0, 100000, 65536]], gid: [[0, 200000, 65536]] }, root: '/srv/rootfs' },
  ])
})

test('users are made within the container they belong to, and named after it', async () => {
  const { guest, host } = hosted()
  const container = await host.container('box', { idmap: box })
  const user = await container.user(1005, { gid: 1006, groups: [50] })
  const outside = await host.user(7)
  expect([container.root.name, user.name, outside.name]).toEqual(['box root', 'box uid 1005', 'host uid 7'])
  expect(guest.askedFor('actor.user')).toEqual([
    { name: 'box uid 1005', within: 1, uid: 1005, gid: 1006, groups: [50] },
    { name: 'host uid 7', within: 0, uid: 7, gid: 7, groups: [] },
  ])
})

test('everybody acts as themselves', async () => {
  const { guest, host } = hosted()
  const { root } = await host.container('box', { idmap: box })
  await host.root.create('/a', 'ä')
  await root.mkdir('/b')
  await root.symlink('/target', '/link')
  expect(guest.asked.slice(1)).toEqual([
    { method: 'file.create', params: { actor: 0, path: '/a', contents: 'w6Q=', mode: 0o644 } },
    { method: 'file.mkdir', params: { actor: 1, path: '/b', mode: 0o755 } },
    { method: 'file.symlink', params: { actor: 1, target: '/target', path: '/link' } },
  ])
})

test('a path is asked for by the host’s name for it, and by the container’s below its root', async () => {
  const stat = owners({ '0 /srv/rootfs/etc': '100000:200000', '1 /etc': '0:0', '0 /srv/rootfs/': '9:9', '1 /': '8:8' })
  const { host, guest } = hosted({ guest: new FakeGuest({ 'file.stat': stat }) })
  await host.mount(data, '/srv')
  const container = await host.container('box', { idmap: box, root: '/srv/rootfs' })
  await container.sees('/srv/rootfs  disk  host  container\n/etc  0:0  0:0  0:0\n/  0:0  0:0  0:0')
  expect(guest.askedFor('file.stat').map(({ actor, path }) => `${actor} ${path}`)).toEqual([
    '0 /srv/rootfs/etc',
    '1 /etc',
    '0 /srv/rootfs/',
    '1 /',
  ])
})

test('what could not be mounted is not unmounted in the end', async () => {
  const refusing = new FakeGuest({
    'mount.bind': () => {
      throw new (class extends Error {})('the guest is gone')
    },
  })
  const { host, guest } = hosted({ guest: refusing })
  await host.mount(data, '/srv')
  await expect(host.bind('/srv', '/plain')).rejects.toThrow('the guest is gone')
  await host.letGo([data])
  expect(guest.askedFor('mount.unmount')).toEqual([{ target: '/srv' }])
})

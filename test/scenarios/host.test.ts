import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeAcl } from '../../lib/kernel/acl.ts'
import { encodeFileCapability } from '../../lib/kernel/file-capability.ts'
import { parseFileCapability } from '../../scenarios/kit/capability-text.ts'
import { Host } from '../../scenarios/kit/host.ts'
import { directory, ext4, lxcIdmap, mountMap, proxmoxIdmap, vfat } from '../../scenarios/kit/language.ts'
import { Ledger } from '../../scenarios/kit/ledger.ts'
import { aclWith } from '../../scenarios/kit/named-entries.ts'
import type { Sabotage } from '../../scenarios/kit/sabotage.ts'
import { base64, FakeGuest, owners, refused } from './fake-guest.ts'

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

const started = () => ({ actor: 1, pid: 101 })

const config = `
  rootfs: /srv/rootfs,idmap=u:0:0:65536;g:0:0:65536
  mp0: /srv/shared,mp=/shared,idmap=u:1005:1005:1 g:1006:1005:1
  mp1: /srv/shared,mp=/own,idmap=passthrough
  mp2: /srv/shared,mp=/plain
  lxc.idmap: u 0 100000 65536
  lxc.idmap: g 0 200000 65536
`

async function proxmox(options: Parameters<typeof hosted>[0] = {}) {
  const all = hosted({ guest: new FakeGuest({ 'container.start': started }), ...options })
  await all.host.mount(data, '/srv')
  return { ...all, container: await all.host.proxmoxContainer('box', config) }
}

test('a Proxmox container goes to the guest with its root file system first and the map of each mount point disk → host', async () => {
  const { guest } = await proxmox()
  const [{ name, idmap, mountPoints } = { mountPoints: [] }] = guest.askedFor('container.start')
  expect({ name, idmap }).toEqual({
    name: 'box root',
    idmap: { uid: [[0, 100000, 65536]], gid: [[0, 200000, 65536]] },
  })
  expect(mountPoints.map(({ source, target }) => `${source} ${target}`)).toEqual([
    '/srv/rootfs /',
    '/srv/shared /shared',
    '/srv/shared /own',
    '/srv/shared /plain',
  ])
  expect(mountPoints.map(({ map }) => map)).toEqual([
    { uid: [[0, 100000, 65536]], gid: [[0, 200000, 65536]] },
    {
      uid: [
        [1005, 101005, 1],
        [100000, 100000, 1005],
        [101006, 101006, 64530],
      ],
      gid: [
        [1005, 201006, 1],
        [200000, 200000, 1006],
        [201007, 201007, 64529],
      ],
    },
    'passthrough',
    null,
  ])
})

test('a Proxmox container is asked by its own paths, and the host looks in from outside', async () => {
  const stat = owners({ '0 /proc/101/root/shared/a': '101005:0', '1 /shared/a': '1005:0' })
  const { container, ledger } = await proxmox({
    guest: new FakeGuest({ 'container.start': started, 'file.stat': stat }),
  })
  await container.sees('/shared  disk  host  container\na  1:1  101005:0  1005:0')
  expect(ledger.failing).toBe(false)
  expect(ledger.closeUnread().rows).toMatchObject([{ path: 'box:/shared/a' }])
})

test('what is plugged into a container has its map broken too, when maps are', async () => {
  const guest = new FakeGuest({ 'container.start': started })
  const { container } = await proxmox({ guest, sabotage: 'one-id-short' })
  await container.plug('mp3: /srv/shared,mp=/new,idmap=u:0:0:65536;g:0:0:65536')
  await container.unplug('/new')
  const [uid, gid] = [[[0, 100000, 65535]], [[0, 200000, 65535]]]
  expect(guest.askedFor('mount.plug')).toEqual([{ actor: 1, source: '/srv/shared', target: '/new', map: { uid, gid } }])
  expect(guest.askedFor('mount.unplug')).toEqual([{ actor: 1, target: '/new' }])
})

test.each([
  ['mp0: /srv/a,mp=/a\nrootfs: /srv/r\nlxc.idmap: u 0 1 1\nlxc.idmap: g 0 1 1', /names its rootfs before/],
  [
    'rootfs: /srv/r\nmp0: /srv/a,mp=/a,idmap=u:70000:1:1\nlxc.idmap: u 0 1 65536\nlxc.idmap: g 0 1 65536',
    /\/a: uid: .*has no effect/,
  ],
])('a configuration that says something in vain is the story’s mistake: %j', async (text, complaint) => {
  const { host } = hosted()
  await host.mount(data, '/srv')
  await expect(host.proxmoxContainer('box', text)).rejects.toThrow(complaint)
})

test('a stock that grew by something else than was said is a failed claim, and only what was said is judged', async () => {
  const counts = [3, 5]
  const guest = new FakeGuest({
    'held.count': () => ({ userNamespaces: counts.shift() ?? 0, descriptors: 20 }),
    'file.read': () => base64('1 2 0:1 / / rw - tmpfs none rw\n'),
  })
  const { host, ledger } = hosted({ guest })
  const stock = await host.takeStock()
  await stock.grewBy({ userNamespaces: 1, hostMounts: 0 }, 'one map')
  expect(ledger.checks.map(({ claim, found, outcome }) => [claim, found, outcome])).toEqual([
    ['more user namespaces: one map', '2', 'FAIL'],
    ['more mounts on the host: one map', '0', 'PASS'],
  ])
  expect(guest.askedFor('held.count').map(({ expected }) => expected)).toEqual([null, 4])
})

test('a map is named by a process that is killed; one that ends otherwise is a failed claim', async () => {
  const guest = new FakeGuest({ 'process.run': () => ({ code: 1, signal: null }) })
  const { host, ledger } = hosted({ guest })
  await host.nameMap('media', mountMap({ container: box, disk: proxmoxIdmap('u:0:0:9 g:0:0:9') }))
  expect(guest.askedFor('process.run')[0]?.argv.slice(-2)).toEqual([
    'media',
    '{"uid":[[0,100000,9]],"gid":[[0,200000,9]]}',
  ])
  expect(ledger.checks).toMatchObject([{ outcome: 'FAIL', found: 'exit code 1: ' }])
})

test('a container inside another is started within it', async () => {
  const { guest, host } = hosted()
  const outer = await host.container('outer', { idmap: box })
  await host.container('inner', { idmap: lxcIdmap('b 0 1000 1000'), within: outer })
  expect(guest.askedFor('actor.container').map(({ name, within }) => [name, within])).toEqual([
    ['outer root', undefined],
    ['inner root', outer.root.id],
  ])
})

const inspected = {
  owner: { disk: { uid: 1005, gid: 1005 }, seen: { uid: 5, gid: null } },
  map: 'hidden',
  sentences: ['owner: disk uid 1005 → host 5', '    a remedy'],
} as const

test('what inspect says is held against stat, word by word', async () => {
  const stat = owners({ '0 /srv/a': '5:65534' })
  const answers = { 'file.stat': stat, 'file.inspect': () => ({ ...inspected, sentences: [...inspected.sentences] }) }
  const { host, ledger } = hosted({ guest: new FakeGuest(answers) })
  await host.mount(data, '/srv')
  await host.inspects('/srv/a', '5:65534', '  owner: disk uid 1005 → host 5\n   a remedy\n')
  expect(ledger.checks.map(({ outcome }) => outcome)).toEqual(['PASS', 'PASS', 'PASS', 'PASS'])
  await host.inspects('/srv/a', '5:5', 'owner: disk uid 1005 → host 6')
  expect(ledger.checks.slice(4).map(({ expected, found, outcome }) => [expected, found, outcome])).toEqual([
    ['5:5', '5:65534', 'FAIL'],
    ['5:5', '5:65534', 'FAIL'],
    ['owner: disk uid 1005 → host 6', 'owner: disk uid 1005 → host 5', 'FAIL'],
    ['nothing more', 'a remedy', 'FAIL'],
  ])
})

test.each([
  ['6.13', 'known', 'yes', 'PASS'],
  ['6.13', 'hidden', 'no', 'PASS'],
  ['6.12', 'known', 'yes', 'PASS'],
  ['6.12', 'hidden', 'no', 'FAIL'],
  ['6.1', 'hidden', 'no', 'FAIL'],
] as const)(
  'Linux 6.12.1 must have what is there since Linux %s, or may: map %s',
  async (since, map, found, outcome) => {
    const answers = { 'file.inspect': () => ({ ...inspected, sentences: [], map }) }
    const { host, ledger } = hosted({ guest: new FakeGuest(answers) })
    expect(await host.showsMap('/srv', { since })).toBe(map === 'known')
    expect(ledger.checks).toMatchObject([
      { claim: `the kernel shows the map of /srv (since Linux ${since})`, found, outcome },
    ])
  },
)

test('a file is read, or the errno says why not', async () => {
  const letters = new FakeGuest({
    'file.read': ({ path }) => {
      if (path === '/a') return base64('snow')
      throw refused('EACCES', 'openat', path)
    },
  })
  const { host, ledger } = hosted({ guest: letters })
  await host.root.reads('/a', 'snow')
  await host.root.reads('/b', 'snow')
  expect(ledger.checks).toMatchObject([
    { claim: 'host root reads /a', expected: '"snow"', outcome: 'PASS' },
    { claim: 'host root reads /b', found: 'EACCES', outcome: 'FAIL' },
  ])
})

test('attributes are written as the kernel takes them', async () => {
  const { guest, host } = hosted({ guest: new FakeGuest({ 'file.stat': owners({ '0 /a': '0:0' }) }) })
  await host.root.setAcl('/a', 'u:1005:r--')
  await host.root.setAcl('/a', 'u:1005:r--', 'default')
  await host.root.setCapability('/a', 'cap_net_raw=ep')
  const written = guest
    .askedFor('file.setXattr')
    .map(({ name, value }) => ({ name, value: Buffer.from(value, 'base64') }))
  const acl = encodeAcl(aclWith('u:1005:r--', 0o644))
  expect(written).toEqual([
    { name: 'system.posix_acl_access', value: acl },
    { name: 'system.posix_acl_default', value: acl },
    { name: 'security.capability', value: encodeFileCapability(parseFileCapability('cap_net_raw=ep')) },
  ])
})

test('a copy has the bytes of what it was made from', async () => {
  const { guest, host } = hosted({ guest: new FakeGuest({ 'file.read': () => base64('snow') }) })
  await host.root.copy('/b', '/a', 0o755)
  expect(guest.askedFor('file.create')).toEqual([{ actor: 0, path: '/a', contents: base64('snow'), mode: 0o755 }])
})

test('a mount that must be refused is held against the errno and the library’s own words, and undone in the end', async () => {
  const refusing = new FakeGuest({
    'mount.idmapped': ({ target }) => {
      if (target === '/taken') return null
      throw refused('EINVAL', 'mount_setattr', target)
    },
  })
  const { host, ledger, guest } = hosted({ guest: refusing })
  await host.mount(data, '/srv')
  const other = await host.container('other', { idmap: box })
  await host.isRefused('EINVAL').idmappedMount('/srv', '/own', other)
  await host.isRefused('EINVAL', 'because of snow').idmappedMount('/srv', '/snow', other)
  await host.isRefused('EPERM').idmappedMount('/srv', '/taken', other)
  expect(ledger.checks.map(({ claim, found, outcome }) => `${outcome} ${claim}: ${found.slice(0, 30)}`)).toEqual([
    'PASS host root is refused idmapped mount of /srv at /own with the namespace of other: EINVAL',
    'PASS host root is refused idmapped mount of /srv at /snow with the namespace of other: EINVAL',
    'FAIL why: idmapped mount of /srv at /snow with the namespace of other: mount_setattr(/snow) was refus',
    'FAIL host root is refused idmapped mount of /srv at /taken with the namespace of other: success',
  ])
  expect(guest.askedFor('mount.idmapped').map(({ map }) => map)).toEqual([1, 1, 1])
  await host.letGo([data])
  expect(guest.askedFor('mount.unmount')).toEqual([{ target: '/taken' }, { target: '/srv' }])
})

test('whether a map is taken is tried: EINVAL is no, and anything else a surprise', async () => {
  const answer = (errno?: 'EINVAL' | 'EPERM') => ({
    'mount.tryIdmap': () => {
      if (errno !== undefined) throw refused(errno, 'mount_setattr')
      return null
    },
  })
  const { host } = hosted({ guest: new FakeGuest(answer()) })
  expect(await host.takesMap('/a', { since: '6.3' })).toBe(true)
  const { host: without, ledger } = hosted({ guest: new FakeGuest(answer('EINVAL')) })
  expect(await without.takesMap('/a', { since: '7.3' })).toBe(false)
  expect(await without.takesMap('/a', { since: '6.3' })).toBe(false)
  expect(ledger.checks.map(({ outcome }) => outcome)).toEqual(['PASS', 'FAIL'])
  await expect(hosted({ guest: new FakeGuest(answer('EPERM')) }).host.takesMap('/a', { since: '6.3' })).rejects.toThrow(
    'EPERM',
  )
})

test('a file system is made for a container from its options, its disk, and by whom the story says', async () => {
  const { host, guest } = hosted()
  await host.mount(data, '/srv')
  const owner = await host.container('box', { idmap: box })
  await host.delegatedMount('/scratch', { type: 'tmpfs', owner, options: { mode: '0755' } })
  await host.delegatedMount('/disk', { type: 'ext4', owner, disk: data, createdBy: 'host' })
  const layers = { lowerdir: '/srv/low', upperdir: '/srv/up', workdir: '/srv/work', userxattr: true } as const
  await host.delegatedMount('/merged', { type: 'overlay', owner, options: layers })
  expect(guest.askedFor('mount.delegated')).toEqual([
    { owner: 1, type: 'tmpfs', options: { mode: '0755' }, target: '/scratch', createdBy: 'owner' },
    { owner: 1, type: 'ext4', options: { source: '/dev/vdb' }, target: '/disk', createdBy: 'host' },
    { owner: 1, type: 'overlay', options: layers, target: '/merged', createdBy: 'owner' },
  ])
  const labels = (path: string) => host.places.layersOf(path).map(({ label, path }) => `${label}:${path}`)
  expect([labels('/scratch/a'), labels('/disk/a'), labels('/merged/a')]).toEqual([
    [],
    ['data:a'],
    ['upper:up/a', 'lower:low/a'],
  ])
})

test('a container inside another has its root directory, unless it is given one', async () => {
  const { host, guest } = hosted()
  const outer = await host.container('outer', { idmap: box, root: '/srv/rootfs' })
  await host.container('inner', { idmap: lxcIdmap('b 0 1000 1000'), within: outer })
  await host.container('other', { idmap: lxcIdmap('b 0 1000 1000'), within: outer, root: '/srv/other' })
  expect(guest.askedFor('actor.container').map(({ root }) => root)).toEqual([
    '/srv/rootfs',
    '/srv/rootfs',
    '/srv/other',
  ])
})

test('through a container inside another, the maps of both lead to the host', async () => {
  const { host, ledger } = hosted()
  const outer = await host.container('outer', { idmap: box })
  await host.container('inner', { idmap: lxcIdmap('b 0 1000 1000'), within: outer })
  expect(ledger.maps.of('inner root').containerToHost).toEqual({ uid: [[0, 101000, 1000]], gid: [[0, 201000, 1000]] })
})

test('a detached mount is asked for another map or none, and answers with what the kernel says', async () => {
  const guest = new FakeGuest({
    'detached.open': () => ({ mount: 7 }),
    'detached.change': ({ map }) => {
      if (map === null) throw refused('EINVAL', 'open_tree_attr')
      return null
    },
    'detached.stat': () => ({ type: 'directory', mode: 0o755, uid: 101005, gid: 201005, size: 0 }),
  })
  const { host } = hosted({ guest })
  const map = mountMap({ container: box, disk: proxmoxIdmap('u:1005:1005:1 g:1005:1005:1') })
  const mount = await host.detachedMount('/srv', map)
  expect([await mount.change(map), await mount.clear(), await mount.owner()]).toEqual([
    'success',
    'EINVAL',
    '101005:201005',
  ])
  const wire = { uid: [[1005, 101005, 1]], gid: [[1005, 201005, 1]] }
  expect(guest.askedFor('detached.change')).toEqual([
    { mount: 7, map: wire },
    { mount: 7, map: null },
  ])
  await host.letGo([])
  expect(guest.askedFor('detached.closeAll')).toHaveLength(1)
})

describe('a file without a name', () => {
  const image = path.join(import.meta.dirname, 'no-such.img')

  test('that is refused is no inode, and nothing is frozen for it', async () => {
    const guest = new FakeGuest({
      'file.openUnnamed': () => {
        throw refused('EOVERFLOW', 'openat', '/srv')
      },
    })
    const { host } = hosted({ guest })
    await host.mount(data, '/srv')
    expect(await host.unnamedFile(host.root, '/srv')).toEqual({ answer: 'EOVERFLOW', onDisk: 'no inode' })
    expect(guest.askedFor('filesystem.freeze')).toEqual([])
  })

  test('is read off the raw image while the file system is frozen, which is thawed whatever happens', async () => {
    const guest = new FakeGuest({ 'file.openUnnamed': () => ({ fd: 9, inode: 12, uid: 0, gid: 0 }) })
    const { host } = hosted({ guest })
    await host.mount({ ...data, image }, '/srv')
    await expect(host.unnamedFile(host.root, '/srv')).rejects.toThrow(/debugfs/)
    expect(guest.asked.slice(-4).map(({ method }) => method)).toEqual([
      ...['file.openUnnamed', 'filesystem.freeze'],
      ...['filesystem.thaw', 'file.close'],
    ])
  })

  test('is known by number on ext4 only', async () => {
    const { host } = hosted()
    await host.mount(stick, '/stick')
    await expect(host.unnamedFile(host.root, '/stick')).rejects.toThrow('is on no ext4 disk')
  })
})

test.each([
  [{ killed: false, map: [[0, 100000, 65536] as [number, number, number]] }, '0 100000 65536'],
  [{ killed: false, map: null }, 'no map'],
  [{ killed: true, map: null }, 'killed'],
])('who asks for a mount’s map says %j: %s', async (reply, said) => {
  const guest = new FakeGuest({ 'mount.askForMap': () => reply })
  const { host } = hosted({ guest })
  expect(await host.askForMap('/mapped')).toBe(said)
  expect(guest.disposed).toBe(reply.killed ? 1 : 0)
})

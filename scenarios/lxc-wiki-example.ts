import {
  directory,
  ext4,
  file,
  inTodaysSpelling,
  lxcIdmap,
  mapCheck,
  mountMap,
  proxmoxIdmap,
  scenario,
} from './kit/language.ts'

/** The page's six lines; `id_map` is the spelling of LXC before 2.1. */
const OLD = `
lxc.id_map = u 0 100000 1005
lxc.id_map = g 0 100000 1005
lxc.id_map = u 1005 1005 1
lxc.id_map = g 1005 1005 1
lxc.id_map = u 1006 101006 64530
lxc.id_map = g 1006 101006 64530
`
const TODAY = `lxc.idmap = u 0 100000 1005
lxc.idmap = u 1005 1005 1
lxc.idmap = u 1006 101006 64530
lxc.idmap = g 0 100000 1005
lxc.idmap = g 1005 1005 1
lxc.idmap = g 1006 101006 64530
`
const ROOTFS = 'lxc.rootfs.path = dir:/srv/rootfs\n'
const SHARED = `${ROOTFS}lxc.mount.entry = /srv/shared shared none bind`

export default scenario(
  import.meta.url,
  {
    title: 'The wiki’s example, by LXC itself: uid 1005 of the container is the host’s 1005; a mount map does it too',
    promisedBy: 'https://pve.proxmox.com/wiki/Unprivileged_LXC_containers',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: {
      data: ext4({
        rootfs: directory({ uid: 100000 }),
        'rootfs/dev': directory({ uid: 100000 }),
        'rootfs/proc': directory({ uid: 100000 }),
        'rootfs/shared': directory({ uid: 100000 }),
        shared: directory({ uid: 1005 }),
        'shared/of-0': file(),
        'shared/of-1004': file('', { uid: 1004 }),
        'shared/of-1005': file('snow\n', { uid: 1005 }),
        'shared/of-1006': file('', { uid: 1006 }),
      }),
    },
  },
  async ({ host, disks, chapter, says }) => {
    await host.mount(disks.data, '/srv')
    await host.root.create('/etc/subuid', 'root:100000:65536\nroot:1005:1\n')
    await host.root.create('/etc/subgid', 'root:100000:65536\nroot:1005:1\n')

    chapter('As the page says: 1005 is 1005, everything else is nobody’s')
    says('the page’s lines in today’s spelling', inTodaysSpelling(OLD), TODAY)
    await host.lxc().isRefused('Unsupported config key "lxc.id_map"', 'old', SHARED + OLD)
    const box = await host.lxc().start('box', `${SHARED}\n${TODAY}`)
    const user = await box.user(1005)
    await user.append('/shared/of-1005', 'more snow\n')
    await user.create('/shared/by-1005')
    await box.root.isRefused('EACCES').write('/shared/of-1004', 'mine')
    const everythingElseIsNobodys = `
      /shared   disk       host       container
      of-0      0:0        0:0        65534:65534
      of-1004   1004:1004  1004:1004  65534:65534
      of-1005   1005:1005  1005:1005  1005:1005
      of-1006   1006:1006  1006:1006  65534:65534
      by-1005   1005:1005  1005:1005  1005:1005
    `
    await box.sees(everythingElseIsNobodys)

    chapter('Without the line in /etc/subuid LXC refuses, although root starts it, and map check says why')
    await host.root.write('/etc/subuid', 'root:100000:65536\n')
    await host
      .lxc()
      .isRefused('newuidmap: uid range [1005-1006) -> [1005-1006) not allowed', 'other', `${SHARED}\n${TODAY}`)
    const files = { subuid: await host.root.read('/etc/subuid'), subgid: await host.root.read('/etc/subgid') }
    says(
      'map check',
      mapCheck(`${SHARED}\n${TODAY}`, files),
      'config:4:13: error NOT_DELEGATED: /etc/subuid does not give host uids 1005 to root: newuidmap refuses the map, and root is not exempt\n    fix: add to /etc/subuid: root:1005:1',
    )

    chapter('An ordinary user may do the same, with lines of their own')
    await host.root.append('/etc/passwd', 'ada:x:1000:1000::/home/ada:/bin/sh\n')
    for (const file of ['/etc/subuid', '/etc/subgid']) await host.root.append(file, 'ada:100000:65536\nada:1005:1\n')
    const adas = await host.lxc(await host.user(1000)).start('adas', `${SHARED}\n${TODAY}`)
    await adas.sees(everythingElseIsNobodys)

    chapter(
      'The same wish met by a map of the mount: the container’s own map stays as it was, and nothing is delegated',
    )
    const plain = lxcIdmap('b 0 100000 65536')
    await host.pinMap(
      '/run/only-1005',
      mountMap({ container: plain, disk: proxmoxIdmap('u:1005:1005:1 g:1005:1005:1') }),
    )
    const mapped = await host.lxc().start(
      'mapped',
      `${SHARED},idmap=/run/only-1005
      lxc.idmap = u 0 100000 65536
      lxc.idmap = g 0 100000 65536
    `,
    )
    await (await mapped.user(1005)).create('/shared/by-mapped')
    await mapped.root.isRefused('EOVERFLOW').create('/shared/by-root')
    await mapped.sees(`
      /shared    disk       host           container
      of-0       0:0        65534:65534    65534:65534
      of-1004    1004:1004  65534:65534    65534:65534
      of-1005    1005:1005  101005:101005  1005:1005
      of-1006    1006:1006  65534:65534    65534:65534
      by-mapped  1005:1005  101005:101005  1005:1005
    `)
    disks.data.holds('shared/of-1005', 'snow\nmore snow\n')
  },
)

import { directory, ext4, file, inTodaysSpelling, lxcIdmap, mountMap, proxmoxIdmap, scenario } from './kit/language.ts'

const bind = 'lxc.rootfs.path = dir:/srv/rootfs\nlxc.mount.entry = /srv/shared shared none bind'
/** As the page has them, in the spelling of LXC before 2.1. */
const old = `
  lxc.id_map = u 0 100000 1005
  lxc.id_map = g 0 100000 1005
  lxc.id_map = u 1005 1005 1
  lxc.id_map = g 1005 1005 1
  lxc.id_map = u 1006 101006 64530
  lxc.id_map = g 1006 101006 64530
`
const today = `lxc.idmap = u 0 100000 1005
lxc.idmap = u 1005 1005 1
lxc.idmap = u 1006 101006 64530
lxc.idmap = g 0 100000 1005
lxc.idmap = g 1005 1005 1
lxc.idmap = g 1006 101006 64530
`
const plain = 'lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n'
const only1005 = mountMap({ container: lxcIdmap(plain), disk: proxmoxIdmap('u:1005:1005:1 g:1005:1005:1') })

export default scenario(
  import.meta.url,
  {
    title: 'The wiki’s example, by LXC itself: uid 1005 of the container is the host’s 1005; a mount map does it too',
    promisedBy: 'https://pve.proxmox.com/wiki/Unprivileged_LXC_containers',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: {
      data: ext4({
        rootfs: directory({ uid: 100000 }),
        'rootfs/shared': directory({ uid: 100000 }),
        shared: directory({ uid: 1005 }),
        'shared/of-1004': file('', { uid: 1004 }),
        'shared/of-1005': file('snow\n', { uid: 1005 }),
        'shared/of-1006': file('', { uid: 1006 }),
      }),
    },
  },
  async ({ host, disks, chapter, is }) => {
    await host.mount(disks.data, '/srv')
    for (const path of ['/etc/subuid', '/etc/subgid']) await host.root.create(path, 'root:100000:65536\nroot:1005:1\n')
    const lxc = host.lxc()

    chapter('As the page says: 1005 is 1005, everything else is nobody’s')
    await lxc.isRefused('Unsupported config key "lxc.id_map"', 'box', bind + old)
    is('the old lines in today’s spelling', inTodaysSpelling(old), today)
    const box = await lxc.start('box', `${bind}\n${today}`)
    await (await box.user(1005)).create('/shared/by-1005')
    await box.root.isRefused('EACCES').write('/shared/of-1004', 'mine')
    const shared = `
      /shared   disk       host       container
      of-1004   1004:1004  1004:1004  65534:65534
      of-1005   1005:1005  1005:1005  1005:1005
      of-1006   1006:1006  1006:1006  65534:65534
      by-1005   1005:1005  1005:1005  1005:1005
    `
    await box.sees(shared)

    chapter('Without its line in /etc/subuid LXC refuses, although root starts it, and map check knows what is missing')
    await host.root.write('/etc/subuid', 'root:100000:65536\n')
    await lxc.isRefused('newuidmap: uid range [1005-1006) -> [1005-1006) not allowed', 'late', `${bind}\n${today}`)
    is(
      'map check',
      await lxc.mapCheck(today),
      'config:2:13: error NOT_DELEGATED: /etc/subuid does not give host uids 1005 to root: newuidmap refuses the map, and root is not exempt\n    fix: add to /etc/subuid: root:1005:1',
    )

    chapter('An ordinary user may do the same, with lines of their own')
    await host.root.append('/etc/passwd', 'ada:x:1000:1000::/home/ada:/bin/sh\n')
    for (const path of ['/etc/subuid', '/etc/subgid']) await host.root.append(path, 'ada:100000:65536\nada:1005:1\n')
    const adas = host.lxc(await host.user(1000))
    const hers = await adas.start('hers', `${bind}\n${today}`)
    await hers.sees(shared)

    chapter('The same wish met by the map of a mount: the container’s own stays plain, and nothing more is delegated')
    const notHers = 'Operation not permitted - Failed to idmap detached mount'
    await adas.isRefused(notHers, 'mapped', `${bind},idmap=container\n${plain}`)
    await host.pinMap('/run/only-1005', only1005)
    const mapped = await lxc.start('mapped', `${bind},idmap=/run/only-1005\n${plain}`)
    await (await mapped.user(1005)).append('/shared/of-1005', 'more snow\n')
    await mapped.root.isRefused('EOVERFLOW').create('/shared/by-root')
    await mapped.sees(`
      /shared    disk       host           container
      of-1004    1004:1004  65534:65534    65534:65534
      of-1005    1005:1005  101005:101005  1005:1005
      of-1006    1006:1006  65534:65534    65534:65534
      by-1005    1005:1005  101005:101005  1005:1005
    `)
    disks.data.holds('shared/of-1005', 'snow\nmore snow\n')
  },
)

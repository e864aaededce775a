import { directory, ext4, file, scenario } from './kit/language.ts'

export default scenario(
  import.meta.url,
  {
    title: 'Each mount point of a container has a map of its own, and so has its root file system',
    promisedBy: 'https://lore.proxmox.com/pve-devel/20260223130706.90972-8-f.schauer@proxmox.com/',
    needs: [{ idmappedMountsOn: 'root' }, { idmappedMountsOn: 'data' }],
    disks: {
      // As a distribution ships it: root is 0 on the disk.
      root: ext4({ etc: directory(), shared: directory(), both: directory(), plain: directory() }),
      data: ext4({
        'of-0': file('', { uid: 0 }),
        'of-1005': file('snow\n', { uid: 1005 }),
        'of-100000': file('', { uid: 100000 }),
        'of-101005': file('', { uid: 101005 }),
        'of-165535': file('', { uid: 165535 }),
        inbox: directory({ uid: 1005, mode: 0o777 }),
      }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.root, '/srv/root')
    await host.mount(disks.data, '/srv/data')
    const box = await host.proxmoxContainer(
      'box',
      `
      rootfs: /srv/root,idmap=u:0:0:65536;g:0:0:65536
      mp0: /srv/data,mp=/shared,idmap=u:1005:1005:1 g:1005:1005:1
      mp1: /srv/data,mp=/both,idmap=u:1005:1005:1;g:1006:1005:1
      mp2: /srv/data,mp=/plain
      lxc.idmap: u 0 100000 65536
      lxc.idmap: g 0 100000 65536
    `,
    )
    const user = await box.user(1005, { groups: [1006] })

    chapter('The root file system has a map of its own: what root makes is 0 on the disk')
    await box.root.create('/etc/hostname', 'box\n')
    await user.isRefused('EACCES').create('/etc/by-1005')
    await box.sees(`
      /              disk  host           container
      .              0:0   100000:100000  0:0
      etc            0:0   100000:100000  0:0
      etc/hostname   0:0   100000:100000  0:0
    `)

    chapter('User 1005 is 1005 on the disk; an id without an exception is on the disk what it is on the host')
    await user.append('/shared/of-1005', 'more snow\n')
    await user.create('/shared/inbox/by-1005')
    await box.root.create('/shared/inbox/by-root')
    await user.isRefused('EACCES').write('/shared/of-101005', 'mine')
    await box.sees(`
      /shared        disk           host           container
      of-0           0:0            65534:65534    65534:65534
      of-1005        1005:1005      101005:101005  1005:1005
      of-100000      100000:100000  100000:100000  0:0
      of-101005      101005:101005  65534:65534    65534:65534
      of-165535      165535:165535  165535:165535  65535:65535
      inbox/by-1005  1005:1005      101005:101005  1005:1005
      inbox/by-root  100000:100000  100000:100000  0:0
    `)
    disks.data.holds('of-1005', 'snow\nmore snow\n')

    chapter('The same directory through two others: users and groups apart, and without any map')
    await box.sees(`
      /both          disk           host           container
      of-1005        1005:1005      101005:101006  1005:1006
      of-100000      100000:100000  100000:100000  0:0
      of-165535      165535:165535  165535:165535  65535:65535
    `)
    await box.root.isRefused('EACCES').write('/plain/of-1005', 'mine')
    await box.sees(`
      /plain         disk           host           container
      of-1005        1005:1005      1005:1005      65534:65534
      of-101005      101005:101005  101005:101005  1005:1005
    `)
  },
)

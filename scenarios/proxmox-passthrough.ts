import { directory, ext4, file, scenario } from './kit/language.ts'

export default scenario(
  import.meta.url,
  {
    title:
      'A mount point with idmap=passthrough undoes the container’s user namespace: an id inside is the id on the disk',
    promisedBy: 'https://lore.proxmox.com/pve-devel/7qfxzacabicb4nqa7dd3lg4yxy5te2wd7kzbc5ygeztk5ttdik@4wqxerxngumw/',
    needs: [{ idmappedMountsOn: 'data' }, { counts: 'user namespaces' }],
    disks: {
      data: ext4({
        'of-0': file('', { uid: 0 }),
        'of-1005': file('snow\n', { uid: 1005, gid: 100 }),
        'of-65535': file('', { uid: 65535 }),
        'of-100000': file('', { uid: 100000 }),
        inbox: directory({ uid: 1005 }),
      }),
      root: ext4({ data: directory({ uid: 100000 }) }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.root, '/srv/root')
    await host.mount(disks.data, '/srv/data')
    const idmap = 'lxc.idmap: u 0 100000 65536\nlxc.idmap: g 0 200000 65536'

    chapter('passthrough: the container’s own namespace is the map, and no other is made for it')
    const stock = await host.takeStock()
    const box = await host.proxmoxContainer(
      'box',
      `rootfs: /srv/root\nmp0: /srv/data,mp=/data,idmap=passthrough\n${idmap}`,
    )
    const user = await box.user(1005, { gid: 100 })
    await stock.grewBy({ userNamespaces: 1 }, 'the container’s own')
    await box.root.create('/data/by-root')
    await user.create('/data/inbox/by-1005')
    await user.append('/data/of-1005', 'more snow\n')
    await user.isRefused('EACCES').write('/data/of-0', 'mine')
    await box.root.isRefused('EOVERFLOW').chmod('/data/of-100000', 0o600)
    await box.sees(`
      /data           disk           host           container
      of-0            0:0            100000:200000  0:0
      of-1005         1005:100       101005:200100  1005:100
      of-65535        65535:65535    165535:265535  65535:65535
      of-100000       100000:100000  65534:65534    65534:65534
      by-root         0:0            100000:200000  0:0
      inbox/by-1005   1005:100       101005:200100  1005:100
    `)

    disks.data.holds('of-1005', 'snow\nmore snow\n')

    chapter('The same spelled out, id by id, does the same, and takes a namespace of its own')
    const other = await host.proxmoxContainer(
      'other',
      `rootfs: /srv/root\nmp0: /srv/data,mp=/data,idmap=u:0:0:65536;g:0:0:65536\n${idmap}`,
    )
    await stock.grewBy({ userNamespaces: 3 }, 'both containers’ own, and one for the map')
    await other.root.create('/data/by-other-root')
    await other.sees(`
      /data           disk           host           container
      of-0            0:0            100000:200000  0:0
      of-1005         1005:100       101005:200100  1005:100
      of-65535        65535:65535    165535:265535  65535:65535
      of-100000       100000:100000  65534:65534    65534:65534
      by-other-root   0:0            100000:200000  0:0
    `)
  },
)

import { directory, ext4, file, scenario, vfat } from './kit/language.ts'

export default scenario(
  import.meta.url,
  {
    title: 'Mount points with maps go into a running container and out again; nothing is left of them',
    promisedBy: 'https://lore.proxmox.com/pve-devel/20260223130706.90972-8-f.schauer@proxmox.com/',
    needs: [{ idmappedMountsOn: 'data' }, { idmappedMountsOn: 'stick' }, { counts: 'user namespaces' }],
    disks: {
      data: ext4({ 'of-1005': file('snow\n', { uid: 1005 }), 'of-100000': file('', { uid: 100000 }) }),
      // vfat stores no owner: the mount's uid=1000,gid=1000 are the disk's side of every map.
      stick: vfat({ 'photo.txt': file('a photo of snow\n') }, { uid: 1000, gid: 1000 }),
      root: ext4({ data: directory({ uid: 100000 }), stick: directory({ uid: 100000 }) }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.root, '/srv/root')
    await host.mount(disks.data, '/srv/data')
    await host.mount(disks.stick, '/srv/stick')
    const box = await host.proxmoxContainer(
      'box',
      'rootfs: /srv/root\nlxc.idmap: u 0 100000 65536\nlxc.idmap: g 0 100000 65536',
    )
    const user = await box.user(1005, { gid: 100 })

    chapter('Before: the container runs, and its directories are empty')
    const stock = await host.takeStock(box)
    const empty = `
      /       disk           host           container
      data    100000:100000  100000:100000  0:0
      stick   100000:100000  100000:100000  0:0
    `
    await box.sees(empty)
    await user.isRefused('ENOENT').chmod('/data/of-1005', 0o600)

    chapter(
      'Plugged in: who is in the container already sees both appear, with the right owners, and the host’s table has no more',
    )
    await box.plug('mp0: /srv/data,mp=/data,idmap=u:1005:1005:1 g:100:1005:1')
    await box.plug('mp1: /srv/stick,mp=/stick,idmap=u:1005:1000:1 g:100:1000:1')
    await stock.grewBy({ containerMounts: 2, hostMounts: 0, descriptors: 0 }, 'they are in the container only')
    await user.append('/data/of-1005', 'more snow\n')
    await user.create('/stick/song.txt', 'let it snow\n')
    await user.isRefused('EACCES').write('/data/of-100000', 'mine')
    await box.root.create('/stick/by-root.txt')
    await box.sees(`
      /                disk           host           container
      data/of-1005     1005:1005      101005:100100  1005:100
      data/of-100000   100000:100000  100000:100000  0:0
      stick/photo.txt  1000:1000      101005:100100  1005:100
      stick/song.txt   1000:1000      101005:100100  1005:100
      stick/by-root.txt  1000:1000      101005:100100  1005:100
    `)

    chapter('Taken out: all is as before, and what was written stays on the disks')
    await box.unplug('/stick')
    await box.unplug('/data')
    await user.isRefused('ENOENT').chmod('/data/of-1005', 0o600)
    await box.sees(empty)
    await stock.grewBy({ userNamespaces: 0, containerMounts: 0, hostMounts: 0, descriptors: 0 }, 'nothing is left')
    disks.data.holds('of-1005', 'snow\nmore snow\n')
    disks.stick.holds('song.txt', 'let it snow\n')
  },
)

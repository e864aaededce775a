import { directory, ext4, file, lxcIdmap, proxmoxIdmap, resolveMountMap, scenario } from './kit/language.ts'

const points = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

export default scenario(
  import.meta.url,
  {
    title:
      'Ten mount points with three different maps take three user namespaces; a map with a name outlives its maker',
    promisedBy: 'https://lore.proxmox.com/pve-devel/7qfxzacabicb4nqa7dd3lg4yxy5te2wd7kzbc5ygeztk5ttdik@4wqxerxngumw/',
    needs: [{ idmappedMountsOn: 'data' }, { counts: 'user namespaces' }],
    disks: {
      data: ext4({ 'of-1005': file('snow\n', { uid: 1005 }), inbox: directory({ uid: 100000 }) }),
      root: ext4(Object.fromEntries(points.map(name => [name, directory({ uid: 100000 })]))),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.root, '/srv/root')
    await host.mount(disks.data, '/srv/data')

    chapter('Equal maps share a namespace, however they are written')
    const stock = await host.takeStock()
    const box = await host.proxmoxContainer(
      'box',
      `
      rootfs: /srv/root
      mp0: /srv/data,mp=/a,idmap=u:1005:1005:1 g:1005:1005:1
      mp1: /srv/data,mp=/b,idmap=g:1005:1005:1;u:1005:1005:1
      mp2: /srv/data,mp=/c,idmap=u:1005:1005:1;g:1005:1005:1
      mp3: /srv/data,mp=/d,idmap=u:1005:1005:1;g:1005:1005:1
      mp4: /srv/data,mp=/e,idmap=u:7:1005:1;g:8:1005:1
      mp5: /srv/data,mp=/f,idmap=g:8:1005:1;u:7:1005:1
      mp6: /srv/data,mp=/g,idmap=u:7:1005:1 g:8:1005:1
      mp7: /srv/data,mp=/h,idmap=u:0:0:65536;g:0:0:65536
      mp8: /srv/data,mp=/i,idmap=u:0:0:1000 u:1000:1000:64536 g:0:0:65536
      mp9: /srv/data,mp=/j,idmap=g:0:0:65536;u:0:0:65536
      lxc.idmap: u 0 100000 65536
      lxc.idmap: g 0 100000 65536
    `,
    )
    await stock.grewBy({ userNamespaces: 4 }, 'the container’s own, and one for each of three maps')
    await box.root.create('/d/inbox/by-root')
    await box.sees(`
      /           disk           host           container
      a/of-1005   1005:1005      101005:101005  1005:1005
      b/of-1005   1005:1005      101005:101005  1005:1005
      c/of-1005   1005:1005      101005:101005  1005:1005
      d/of-1005   1005:1005      101005:101005  1005:1005
      e/of-1005   1005:1005      100007:100008  7:8
      f/of-1005   1005:1005      100007:100008  7:8
      g/of-1005   1005:1005      100007:100008  7:8
      h/of-1005   1005:1005      101005:101005  1005:1005
      i/of-1005   1005:1005      101005:101005  1005:1005
      j/of-1005   1005:1005      101005:101005  1005:1005
      a/inbox/by-root   100000:100000  100000:100000  0:0
      e/inbox/by-root   100000:100000  100000:100000  0:0
      j/inbox/by-root   100000:100000  65534:65534    65534:65534
    `)

    chapter('A map with a name stays when its maker is killed; another process mounts with it')
    const standard = lxcIdmap('b 0 100000 65536')
    const { map } = resolveMountMap({ container: standard, exceptions: proxmoxIdmap('u:7:1005:1;g:8:1005:1') })
    await host.nameMap('media', map)
    await stock.grewBy({ userNamespaces: 5 }, 'and the one with the name, which no process has any more')
    await host.mountByName('/srv/data', '/media', 'media')
    const other = await host.container('other', { idmap: standard })
    const user = await other.user(7, { gid: 8 })
    await user.append('/media/of-1005', 'more snow\n')
    await other.sees(`
      /media        disk       host           container
      of-1005       1005:1005  100007:100008  7:8
    `)
    disks.data.holds('of-1005', 'snow\nmore snow\n')
  },
)

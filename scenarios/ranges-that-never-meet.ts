import { directory, ext4, file, imageMountMap, lxcIdmap, scenario } from './kit/language.ts'

export default scenario(
  import.meta.url,
  {
    title: 'Leased ranges never meet: three containers share one image, and none can touch what is another’s',
    promisedBy: 'https://man7.org/linux/man-pages/man7/user_namespaces.7.html',
    needs: [{ idmappedMountsOn: 'image' }],
    disks: {
      image: ext4({
        rootfs: directory(),
        'rootfs/etc': directory(),
        'rootfs/etc/motd': file('snow\n'),
        'rootfs/etc/of-65535': file('', { uid: 65535 }),
        'rootfs/etc/of-1400000': file('', { uid: 1400000 }),
        'rootfs/etc/of-4294901760': file('', { uid: 4294901760 }),
        'rootfs/exchange': directory(),
        exchange: directory({ mode: 0o1777 }),
      }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.image, '/image')
    const { leases } = host

    chapter('What somebody has is given to nobody: not a user’s id, a line of subuid, a running container, a lease')
    await host.root.append('/etc/passwd', 'ada:x:200000:200000::/home/ada:/bin/sh\n')
    await host.root.create('/etc/subuid', 'ada:262144:65536\n')
    await host.container('unleased', { idmap: lxcIdmap('b 0 327680 65536') })
    const window = { from: 196_608, count: 65_536 }
    const web = await leases.gives('web', { count: 65_536 }, '0 131072 65536')
    const db = await leases.gives('db', { count: 65_536 }, '0 393216 65536')
    const many = '0 1879048192 1500000; 4294901759 4294901759 65536'
    const big = await leases.gives('big', { count: 1_500_000, top: 65_536 }, many)
    await leases.gives('small', { count: 60_000, window }, '0 200001 60000')
    await leases.refuses(
      'late',
      { count: 3_393, window },
      'No 3393 free host ids in a row in 196608..262143: the largest gap is 196608..199999 (3392 ids), between the lease web of root in /var/lib/idmaplab/ranges.json and ada of /etc/passwd; ask for fewer, give another window, or release a lease.',
    )

    chapter('One image, seen by each as its own; an id outside of a lease is nobody’s')
    for (const [place, ids] of Object.entries({ '/web': web, '/db': db, '/big': big }))
      await host.idmappedMount('/image/rootfs', place, imageMountMap(ids))
    for (const place of ['/web', '/db', '/big']) await host.bind('/image/exchange', `${place}/exchange`)
    const inWeb = await host.container('web', { idmap: web, root: '/web' })
    const inDb = await host.container('db', { idmap: db, root: '/db' })
    const inBig = await host.container('big', { idmap: big, root: '/big' })
    await inWeb.root.append('/etc/motd', 'web\n')
    await inWeb.sees(`
      /web/etc       disk                   host           container
      motd           0:0                    131072:131072  0:0
      of-65535       65535:65535            196607:196607  65535:65535
      of-1400000     1400000:1400000        65534:65534    65534:65534
    `)
    await inDb.sees(`
      /db/etc        disk                   host           container
      motd           0:0                    393216:393216  0:0
      of-65535       65535:65535            458751:458751  65535:65535
    `)
    await inBig.sees(`
      /big/etc       disk                   host                   container
      motd           0:0                    1879048192:1879048192  0:0
      of-1400000     1400000:1400000        1880448192:1880448192  1400000:1400000
      of-4294901760  4294901760:4294901760  4294901760:4294901760  4294901760:4294901760
    `)
    disks.image.holds('rootfs/etc/motd', 'snow\nweb\n')

    chapter('Where no map is in between, each leaves its own ids, and they are nobody’s to the others')
    await inWeb.root.create('/exchange/by-web')
    await (await inBig.user(4294901760)).create('/exchange/by-top')
    await inDb.root.isRefused('EACCES').write('/exchange/by-web', 'mine')
    await inDb.root.isRefused('EPERM').chown('/exchange/by-web', 0, 0)
    await inDb.root.isRefused('EPERM').unlink('/exchange/by-web')
    await inBig.root.isRefused('EPERM').chmod('/exchange/by-web', 0o666)
    await inWeb.root.isRefused('EPERM').rename('/exchange/by-top', '/exchange/mine')
    await inDb.sees(`
      /db/exchange   disk                   host                   container
      by-web         131072:131072          131072:131072          65534:65534
      by-top         4294901760:4294901760  4294901760:4294901760  65534:65534
    `)
  },
)

import { directory, ext4, file, fsidMap, lxcIdmap, scenario, shiftedTo } from './kit/language.ts'

const oneIds = lxcIdmap('b 0 100000 65536')
const twoIds = lxcIdmap('b 0 200000 65536')

export default scenario(
  import.meta.url,
  {
    title: 'One image, shifted once, is the root file system of two containers with different id maps',
    promisedBy: 'https://lore.kernel.org/r/20200214183554.1133805-1-christian.brauner@ubuntu.com',
    needs: [{ idmappedMountsOn: 'image' }],
    disks: {
      image: ext4({
        rootfs: directory({ uid: 300000 }),
        'rootfs/etc': directory({ uid: 300000 }),
        'rootfs/etc/hostname': file('snow\n', { uid: 300000 }),
        'rootfs/home': directory({ uid: 300000 }),
        'rootfs/home/ada': directory({ uid: 301000, gid: 300100 }),
        'rootfs/home/last': file('', { uid: 365535 }),
      }),
    },
  },
  async ({ host, disks, chapter }) => {
    const onDisk = shiftedTo(await disks.image.rawOwner('rootfs'))
    await host.mount(disks.image, '/image')
    await host.idmappedMount('/image/rootfs', '/one', fsidMap({ ids: oneIds, onDisk }))
    await host.idmappedMount('/image/rootfs', '/two', fsidMap({ ids: twoIds, onDisk }))
    const one = await host.container('one', { idmap: oneIds, root: '/one' })
    const two = await host.container('two', { idmap: twoIds, root: '/two' })
    const ada = await one.user(1000, { gid: 100 })

    chapter('Root of each is root in it, and the disk keeps the image’s own ids')
    await one.root.append('/etc/hostname', 'one\n')
    await ada.create('/home/ada/diary')
    await two.root.mkdir('/var')
    await two.root.create('/var/log')
    await two.root.chown('/var/log', 1000, 100)
    await one.sees(`
      /one             disk           host           container
      /                300000:300000  100000:100000  0:0
      /etc/hostname    300000:300000  100000:100000  0:0
      /home/ada        301000:300100  101000:100100  1000:100
      /home/ada/diary  301000:300100  101000:100100  1000:100
      /home/last       365535:365535  165535:165535  65535:65535
      /var             300000:300000  100000:100000  0:0
      /var/log         301000:300100  101000:100100  1000:100
    `)
    await two.sees(`
      /two             disk           host           container
      /                300000:300000  200000:200000  0:0
      /etc/hostname    300000:300000  200000:200000  0:0
      /home/ada/diary  301000:300100  201000:200100  1000:100
      /home/last       365535:365535  265535:265535  65535:65535
      /var/log         301000:300100  201000:200100  1000:100
    `)
    disks.image.holds('rootfs/etc/hostname', 'snow\none\n')

    chapter('Without the mount map the same image is nobody’s, everywhere')
    await host.bind('/image/rootfs', '/bare')
    const bare = await host.container('bare', { idmap: oneIds, root: '/bare' })
    await bare.root.isRefused('EACCES').create('/etc/passwd')
    await bare.root.isRefused('EPERM').chown('/etc/hostname', 0, 0)
    await bare.sees(`
      /bare            disk           host           container
      /                300000:300000  300000:300000  65534:65534
      /etc/hostname    300000:300000  300000:300000  65534:65534
      /home/ada        301000:300100  301000:300100  65534:65534
      /home/last       365535:365535  365535:365535  65534:65534
    `)
  },
)

import { directory, ext4, file, lxcIdmap, mountMap, proxmoxIdmap, scenario } from './kit/language.ts'

const oneMap = lxcIdmap('b 0 100000 65536')
const twoMap = lxcIdmap('u 0 200000 65536; g 0 300000 65536')
// On the disk the root file system is what a distribution ships: root is 0.
const unshifted = proxmoxIdmap('u:0:0:65536 g:0:0:65536')

export default scenario(
  import.meta.url,
  {
    title:
      'One root file system, read by two containers with different id maps; what they change goes to their own upper layers',
    promisedBy: 'https://git.kernel.org/linus/bc70682a497c',
    needs: [{ idmappedMountsOn: 'base' }, { overlayOver: 'base' }],
    disks: {
      base: ext4({
        rootfs: directory(),
        'rootfs/etc': directory(),
        'rootfs/etc/hostname': file('base\n'),
        'rootfs/etc/motd': file('made of snow\n'),
        'rootfs/home': directory(),
        'rootfs/home/ada': directory({ uid: 1000 }),
        'rootfs/home/ada/diary': file('day one\n', { uid: 1000 }),
        'rootfs/home/ada/letter': file('dear\n', { uid: 1000, gid: 8 }),
        'rootfs/home/last': directory({ uid: 65535 }),
      }),
      uppers: ext4({
        one: directory(),
        'one/upper': directory({ uid: 100000 }),
        'one/work': directory(),
        two: directory(),
        'two/upper': directory({ uid: 200000, gid: 300000 }),
        'two/work': directory(),
      }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.base, '/base', { readOnly: true })
    await host.mount(disks.uppers, '/uppers')
    await host.idmappedMount('/base/rootfs', '/lower-one', mountMap({ container: oneMap, disk: unshifted }))
    await host.idmappedMount('/base/rootfs', '/lower-two', mountMap({ container: twoMap, disk: unshifted }))
    await host.overlay('/one', { lower: '/lower-one', upper: '/uppers/one/upper', work: '/uppers/one/work' })
    await host.overlay('/two', { lower: '/lower-two', upper: '/uppers/two/upper', work: '/uppers/two/work' })
    const one = await host.container('one', { idmap: oneMap, root: '/one' })
    const two = await host.container('two', { idmap: twoMap, root: '/two' })
    const adaInOne = await one.user(1000)
    const adaInTwo = await two.user(1000)

    chapter('The first container writes and changes owners: what it touches is copied up under its own host ids')
    await adaInOne.append('/home/ada/diary', 'snow in one\n')
    await adaInOne.create('/home/ada/poem')
    await one.root.chown('/home/ada/letter', 1001, 1002)
    await one.root.mkdir('/var')
    await adaInOne.isRefused('EACCES').write('/etc/hostname', 'mine')
    await host.root.isRefused('EROFS').write('/base/rootfs/etc/hostname', 'changed')
    await one.sees(`
      /one             disk                 host           container
      /                upper 100000:100000  100000:100000  0:0
      /etc/hostname    lower 0:0            100000:100000  0:0
      /home/ada        upper 101000:101000  101000:101000  1000:1000
      /home/ada/diary  upper 101000:101000  101000:101000  1000:1000
      /home/ada/poem   upper 101000:101000  101000:101000  1000:1000
      /home/ada/letter  upper 101001:101002  101001:101002  1001:1002
      /home/last       lower 65535:65535    165535:165535  65535:65535
      /var             upper 100000:100000  100000:100000  0:0
    `)

    chapter('The second still sees the shared layer, under ids of its own, and copies up what it changes itself')
    await two.root.write('/etc/motd', 'snow in two\n')
    await adaInTwo.symlink('diary', '/home/ada/today')
    await two.sees(`
      /two             disk                 host           container
      /                upper 200000:300000  200000:300000  0:0
      /etc/hostname    lower 0:0            200000:300000  0:0
      /etc/motd        upper 200000:300000  200000:300000  0:0
      /home/ada        upper 201000:301000  201000:301000  1000:1000
      /home/ada/diary  lower 1000:1000      201000:301000  1000:1000
      /home/ada/letter  lower 1000:8         201000:300008  1000:8
      /home/ada/today  upper 201000:301000  201000:301000  1000:1000
      /home/last       lower 65535:65535    265535:365535  65535:65535
    `)

    chapter('The raw images: the shared layer is as it was, each upper holds its own container’s words')
    disks.base.holds('rootfs/home/ada/diary', 'day one\n')
    disks.base.holds('rootfs/etc/motd', 'made of snow\n')
    disks.uppers.holds('one/upper/home/ada/diary', 'day one\nsnow in one\n')
    disks.uppers.holds('two/upper/etc/motd', 'snow in two\n')
  },
)
